"""Storage of dead letters: events that Knative could not deliver to a function."""
