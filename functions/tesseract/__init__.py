"""The fast engine for clean scans."""

import os

# One page is one thread's work. libgomp asks when it is loaded, so this stands before whatever loads it; left alone,
# Tesseract's threads wait for each other in loops and a page takes several times as long.
os.environ.setdefault("OMP_THREAD_LIMIT", "1")
