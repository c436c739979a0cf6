"""The names of the quantities of the forward pass in terms."""

INPUT, MEAN, VARIANCE, NORMALISED, OUTPUT = "x", "mu", "v", "xhat", "y"
SCALE, SHIFT, EPSILON = "gamma", "beta", "eps"
TARGET, LOSS = "t", "loss"
EXTREMES = {"max": "max x", "min": "min x"}
"""The label of a classifier, and a loss that the note defines; the largest and the smallest entry of the input."""
