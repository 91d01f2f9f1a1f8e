"""Calibrated confidence of readings, and decisions about the next engine of a page. No module here loads a model."""
