"""Numbers that all rooms share."""

__all__ = ["BAND", "Z90"]

# Half of a normal's 90% band, in standard deviations.
Z90 = 1.6448536269514722
# The band's ends and its middle, as probabilities.
BAND = (0.05, 0.5, 0.95)
