"""The servers that functions use, on one machine: a Kafka broker, an S3 server and a PostgreSQL database."""
