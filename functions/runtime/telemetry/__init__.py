"""What a function tells of its work by OpenTelemetry: spans and metrics of ids and numbers, never texts or names."""
