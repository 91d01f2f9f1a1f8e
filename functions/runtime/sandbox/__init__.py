"""Whatever parses a document does so here: in a process of its own that can do nothing else, and is thrown away."""
