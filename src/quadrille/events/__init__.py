"""What happened: the event record, and the CAMEO vocabulary with what is derived from it."""
