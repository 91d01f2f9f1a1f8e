"""Normalization of texts, independent of the code under test."""

import unicodedata


def normalize_text(text: str) -> str:
    """Return the text in NFC, with one space in place of each sequence of white space."""
    return " ".join(unicodedata.normalize("NFC", text).split())
