"""Knative Serving in the twin: activator, autoscaler and replicas of a Service."""
