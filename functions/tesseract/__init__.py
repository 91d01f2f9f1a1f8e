"""The Tesseract engine: fast on clean scans."""

import os

# A page is the work of one thread. With more threads, Tesseract's threads wait for each other in busy loops, and a page
# takes several times as long. libgomp reads the variable when it is loaded, so it is set before any import that loads
# it.
os.environ.setdefault("OMP_THREAD_LIMIT", "1")
