"""Code that all engines share. Each engine has a folder of its own with reader.py, settings.py and main.py."""
