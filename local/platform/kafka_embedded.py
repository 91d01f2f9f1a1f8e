"""The embedded broker's process: librdkafka's mock broker, which starts at once and stores nothing on disk.

It needs about 5 MB per partition. It runs as a file and not as a module, so that it imports only confluent_kafka.
"""

import sys
from pathlib import Path

from confluent_kafka import Producer


def main() -> None:
    """Write the broker's address to the given file and serve until a signal arrives. librdkafka chooses the port."""
    broker = Producer({"test.mock.num.brokers": 1})
    (address,) = broker.list_topics(timeout=10).brokers.values()
    file = Path(sys.argv[1])
    temporary_file = file.with_suffix(".draft")
    temporary_file.write_text(f"{address.host}:{address.port}")
    temporary_file.replace(file)
    while True:
        broker.poll(60)


if __name__ == "__main__":
    main()
