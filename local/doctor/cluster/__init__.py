"""Checks of `pagebus doctor --cluster`: they compare a cluster with knative/platform and the manifests."""
