"""Consensus of two engines: align the words of two readings of a page, vote on each word, and merge the readings."""
