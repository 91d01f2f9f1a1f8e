"""The contract: event payloads, ids, topics and reason codes. It imports no other package of this repository."""
