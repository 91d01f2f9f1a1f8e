"""The Tesseract engine, for clean scans."""

import os

# One thread reads a page. More OpenMP threads would wait for each other in busy loops, and a page would take several
# times as long. libgomp reads this variable when it is loaded, so it is set before all other imports.
os.environ.setdefault("OMP_THREAD_LIMIT", "1")
