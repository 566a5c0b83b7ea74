"""The older way in, on its way out."""
