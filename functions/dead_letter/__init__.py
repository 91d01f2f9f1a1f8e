"""Keeps what could not be delivered."""
