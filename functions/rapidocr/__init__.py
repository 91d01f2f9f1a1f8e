"""The RapidOCR engine: precise on skewed, noisy and photographed pages."""
