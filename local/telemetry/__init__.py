"""Traces and metrics on one machine: taken in over OTLP, kept in a home, read again by `pagebus trace`."""
