"""Shared code of the engines whose models run in torch: loading, batching, generation of text, and readings."""
