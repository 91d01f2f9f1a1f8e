"""What must hold of manifests together, and neither a schema nor Knative knows."""
