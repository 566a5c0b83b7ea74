"""Readers of events: a module for each publisher, and one for any table with a column map."""
