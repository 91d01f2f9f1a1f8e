"""The GOT-OCR engine: formulas and formatted text."""
