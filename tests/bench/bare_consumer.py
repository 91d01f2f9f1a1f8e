"""`python -m tests.bench.bare_consumer --kafka A --topic T --port P`: post the records of a topic to a function.

It takes the place of the twin and does the least possible work. Its costs are subtracted from the twin's, because both
must do this work.
"""

import argparse
from http.client import HTTPConnection
from typing import cast

from confluent_kafka import Consumer


def run() -> None:
    """Consume and post records until the process is stopped."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bare_consumer", description=__doc__)
    for name in ("--kafka", "--topic", "--port"):
        parser.add_argument(name, required=True)
    arguments = parser.parse_args()
    settings = {"bootstrap.servers": arguments.kafka, "group.id": arguments.topic, "auto.offset.reset": "earliest"}
    consumer = Consumer({**settings, "fetch.wait.max.ms": 100})  # the value that the twin uses
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
