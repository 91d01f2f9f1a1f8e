"""The twin of Knative: reads the manifests and does on one machine what a cluster would do with them."""
