"""Traces and metrics on one machine: received over OTLP, stored in a home, and shown by `pagebus trace`."""

#: The name of the twin's telemetry port, and of the folder in a home that holds traces.
TELEMETRY = "telemetry"
#: The environment variable with the address to which functions and OpenTelemetry SDKs send telemetry.
ENDPOINT_VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"
