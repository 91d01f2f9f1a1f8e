"""Knative Eventing in the twin: KafkaSources, KafkaSinks and PingSources."""
