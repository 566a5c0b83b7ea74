"""Several readings of one tie together: the brief."""
