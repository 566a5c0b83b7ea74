"""Ties together: all relations among a set of states in one model, and who moves whom."""
