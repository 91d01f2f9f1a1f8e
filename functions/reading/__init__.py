"""What engines read: its shape, the store of readings, and text in reading order."""
