"""The DeepSeek-OCR engine: pages of complex layout."""
