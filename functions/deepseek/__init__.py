"""The DeepSeek-OCR engine, for pages with a complex layout."""
