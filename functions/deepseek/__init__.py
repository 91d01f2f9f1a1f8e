"""The engine for pages of complex layout."""
