"""Measure the large engines on a GPU, and their behavior without enough memory: `python -m tests.bench.gpu`.

The models have the classes and sizes of the published ones, with random weights. They show the time and memory of a
page, but no accuracy.
"""
