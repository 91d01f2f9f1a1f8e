"""Code that all engines share. An engine adds a folder with reader.py, settings.py and main.py."""
