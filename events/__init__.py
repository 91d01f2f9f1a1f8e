"""The contract: what is said on the bus, in which words, under which names. Imports nothing else of ours."""
