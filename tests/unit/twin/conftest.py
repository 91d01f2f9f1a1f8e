"""Recordings of a real Knative are replayed where there are some."""

import os

collect_ignore_glob = [] if os.environ.get("PAGEBUS_GOLDEN") else ["test_recorded_*.py"]
