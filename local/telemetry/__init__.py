"""Traces and metrics on one machine: the twin receives them over OTLP, and `pagebus trace` prints the stored traces."""

#: The name of the twin's telemetry port, and of the folder with traces in the home folder.
TELEMETRY = "telemetry"
#: The environment variable with the URL to which functions and OpenTelemetry SDKs send telemetry.
ENDPOINT_VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"
