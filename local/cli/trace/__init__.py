"""The command `pagebus trace`: print the spans of a document as a waterfall, and its time by kind of work."""
