"""Measurements against the targets of the design; figures and ratios, never pass or fail."""
