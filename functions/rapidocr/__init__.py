"""The RapidOCR engine, for skewed, noisy and photographed pages."""
