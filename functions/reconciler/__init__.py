"""Reconciler: every minute, repair missed uploads, stalled documents, unpublished outcomes and dead letters."""
