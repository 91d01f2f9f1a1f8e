"""Strict models of manifests, for the twin that runs them and for the rules that check them."""
