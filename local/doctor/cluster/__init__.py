"""What `pagebus doctor --cluster` looks at: a cluster, against knative/platform and the manifests."""
