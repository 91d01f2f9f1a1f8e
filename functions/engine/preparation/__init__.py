"""What a page looks like, and what is done to it before it is read. Pixels are touched in the sandbox only."""
