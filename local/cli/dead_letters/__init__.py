"""The command `pagebus dead-letters`: list, show and redeliver events that could not be delivered."""
