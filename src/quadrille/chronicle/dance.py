"""Whose acts the embedded chronicle holds."""

__all__ = ["DYADS"]

# The ten dyads of the dance.
DYADS = tuple(
    (a, b)
    for a in ("CHN", "IND", "PAK", "RUS", "USA")
    for b in ("IND", "PAK", "RUS", "USA")
    if a < b
)
