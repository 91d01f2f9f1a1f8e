"""The command `pagebus status`: functions, topics and documents, or one document page by page."""
