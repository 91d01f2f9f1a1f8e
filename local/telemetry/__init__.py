"""Traces and metrics on one machine: taken in over OTLP, kept in a home, read again by `pagebus trace`."""

#: The twin's port for telemetry, and the folder in a home that holds traces.
TELEMETRY = "telemetry"
#: Where functions and their SDKs learn where to send telemetry to.
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
