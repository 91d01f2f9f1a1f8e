"""`python -m tests.bench.straight --kafka A --topic T --port P`: what the least that reads a topic and posts does.

It stands where the twin would, so that what both have to do is not counted against the twin.
"""

import argparse
from http.client import HTTPConnection
from typing import cast

from confluent_kafka import Consumer


def run() -> None:
    """Until it is ended."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.straight", description=__doc__)
    for name in ("--kafka", "--topic", "--port"):
        parser.add_argument(name, required=True)
    arguments = parser.parse_args()
    settings = {"bootstrap.servers": arguments.kafka, "group.id": arguments.topic, "auto.offset.reset": "earliest"}
    consumer = Consumer({**settings, "fetch.wait.max.ms": 100})  # as the twin's
    consumer.subscribe([arguments.topic])
    function = HTTPConnection("127.0.0.1", int(arguments.port))
    while True:
        record = consumer.poll(1)
        if record is not None and not record.error():
            headers = dict(cast("list[tuple[str, bytes]]", record.headers()))
            function.request("POST", "/", record.value(), headers)
            function.getresponse().read()


if __name__ == "__main__":
    run()
