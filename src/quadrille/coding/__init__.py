"""How acts are coded: the event record, and the CAMEO vocabulary with what is derived from it."""
