"""The HTTP API. It returns the status and outputs of documents, and receives S3 notifications."""
