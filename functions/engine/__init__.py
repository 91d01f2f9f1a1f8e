"""What all engines do. An engine adds a folder with reader.py, settings.py and main.py."""
