"""The command `pagebus submit`: upload files and, with --wait, print their texts."""
