"""Ties together: all relations among a set of states in one model, and who moves whom."""

from quadrille.coupling.model import CoupleConfig, Progress, couple
from quadrille.coupling.pivot import QUICK, hold, pivot
from quadrille.coupling.responses import connectedness, respond
from quadrille.coupling.result import (
    Connectedness,
    Coupled,
    Diagnostics,
    Draws,
    Hold,
    Pivot,
    Placebo,
    Responses,
)

__all__ = [
    "QUICK",
    "Connectedness",
    "CoupleConfig",
    "Coupled",
    "Diagnostics",
    "Draws",
    "Hold",
    "Pivot",
    "Placebo",
    "Progress",
    "Responses",
    "connectedness",
    "couple",
    "hold",
    "pivot",
    "respond",
]
