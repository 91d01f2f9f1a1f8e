"""Sets in motion again what was never seen and what has stopped moving."""
