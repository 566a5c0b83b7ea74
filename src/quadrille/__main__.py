"""``python -m quadrille``."""

from quadrille.cli.main import start

start()
