"""The command `pagebus eval`: read the documents of a folder, and compare the results with their true texts."""
