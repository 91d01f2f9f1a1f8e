"""Recordings of a real Knative are replayed where there are some."""

import os

collect_ignore = [] if os.environ.get("PAGEBUS_GOLDEN") else ["test_recorded_requests.py"]
