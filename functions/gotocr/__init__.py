"""The GOT-OCR engine, for formulas and formatted text."""
