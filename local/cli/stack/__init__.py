"""The stack: platform, database tables and twin. Also its clients and the commands `up`, `down`, `env`, `doctor`."""
