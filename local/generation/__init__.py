"""Generation of the manifests of all functions from functions/*/function.yaml and functions/*/engine.yaml."""
