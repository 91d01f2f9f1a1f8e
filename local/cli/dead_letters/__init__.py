"""The command `pagebus dead-letters`: list, show and send again events that no function accepted."""
