"""The command `pagebus text`: print a document's text or another output."""
