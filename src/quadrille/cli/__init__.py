"""The command line."""

from quadrille.cli.main import app, main

__all__ = ["app", "main"]
