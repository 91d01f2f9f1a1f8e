"""Rules about manifests that neither a schema nor Knative checks."""
