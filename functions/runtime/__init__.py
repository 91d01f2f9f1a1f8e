"""Code that every function uses: HTTP server, Kafka, S3, PostgreSQL, sandbox and telemetry, without business logic."""
