"""Calibrated confidence of readings, and the decision whether another engine reads a page. No module loads a model."""
