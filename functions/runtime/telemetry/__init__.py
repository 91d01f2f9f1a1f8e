"""Telemetry of functions with OpenTelemetry. Spans and metrics contain ids and numbers, never texts or file names."""
