"""Readers of layers, what holds between states year by year: a module for each publisher."""
