"""Ties together: all relations among a set of states in one model, and who moves whom."""

from quadrille.coupling.model import CoupleConfig, couple
from quadrille.coupling.result import Coupled, Diagnostics, Draws

__all__ = ["CoupleConfig", "Coupled", "Diagnostics", "Draws", "couple"]
