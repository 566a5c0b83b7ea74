"""``python -m quadrille``."""

from quadrille.cli import main

main()
