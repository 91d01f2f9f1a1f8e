"""Measure the accuracy of engines and routing on pages with known text, and fit the engines' calibrations."""
