"""`pagebus dead-letters`: what could not be delivered, listed, looked at and sent again."""
