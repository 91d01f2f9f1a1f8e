"""The command `pagebus status`: print functions, topics and documents, or the pages of one document."""
