"""Restores lost steps every minute: missed uploads, stalled documents, unpublished outcomes and dead letters."""
