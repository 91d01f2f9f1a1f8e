"""Recordings of a real Knative are replayed where PAGEBUS_GOLDEN names their folder."""

import os

collect_ignore_glob = [] if "PAGEBUS_GOLDEN" in os.environ else ["test_replay_*"]
