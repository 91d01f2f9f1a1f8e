"""librdkafka's own broker as a process: up at once, keeps nothing, and about 5 MB per partition.

Run as a file and not as a module, so that it loads nothing but the library: a few MB.
"""

import sys
from pathlib import Path

from confluent_kafka import Producer


def main() -> None:
    """Serve until a signal comes; the address, whose port the library picks, is written to the file given."""
    broker = Producer({"test.mock.num.brokers": 1})
    (only,) = broker.list_topics(timeout=10).brokers.values()
    file = Path(sys.argv[1])
    draft = file.with_suffix(".draft")
    draft.write_text(f"{only.host}:{only.port}")
    draft.replace(file)
    while True:
        broker.poll(60)


if __name__ == "__main__":
    main()
