"""The HTTP API: status and outputs of documents, and S3 notifications."""
