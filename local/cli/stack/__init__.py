"""The stack of platform, database tables and twin, its clients, and the commands `up`, `down`, `env` and `doctor`."""
