"""The careful engine for skewed, noisy and photographed pages."""
