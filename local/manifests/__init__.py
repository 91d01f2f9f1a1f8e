"""The shapes of manifests: strict, and the same for the twin that runs them and the rules that judge them."""
