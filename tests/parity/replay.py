"""Recordings of a real Knative as scenarios: their manifests, with addresses of here, and their records."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tests.parity import kafka
from tests.parity.kafka import Sent
from tests.parity.knative import Manifest
from tests.parity.scenario import Played, Scenario

Recording = dict[str, Any]

_UNREACHABLE = "http://127.0.0.1:9/"


@cache
def recording(name: str) -> Recording:
    return dict(json.loads((Path(os.environ["PAGEBUS_GOLDEN"]) / f"{name}.json").read_text("utf-8")))


def here(manifest: Manifest, played: Played) -> Manifest:
    """The recorded KafkaSource, with Kafka and the recording servers where they are now."""
    spec = {**manifest["spec"], "bootstrapServers": [played.knative.bootstrap]}
    spec["sink"] = _destination(spec["sink"], f"{played.main.url}/")
    if "delivery" in spec and "deadLetterSink" in spec["delivery"]:
        dead = _destination(spec["delivery"]["deadLetterSink"], f"{played.dead.url}/")
        spec["delivery"] = {**spec["delivery"], "deadLetterSink": dead}
    return {**manifest, "spec": spec}


def _destination(recorded: Mapping[str, Any], url: str) -> dict[str, Any]:
    """A server that nobody had started stays unreachable; a name that nobody has stays one."""
    match recorded.get("uri", "").split(":"):
        case ["http", _, ("18080/" | "18081/")]:
            return {"uri": url}
        case ["http", _, "18099/"]:
            return {"uri": _UNREACHABLE}
        case _:
            return dict(recorded)


def scenario(
    source: Manifest,
    *,
    partitions: int,
    records: Sequence[Sent] = (),
    backlog: Sequence[Sent] = (),
    more: Callable[[Played], Sequence[Manifest]] = lambda _: (),
) -> Scenario:
    """One recorded source."""
    return Scenario(
        name=source["metadata"]["name"],
        manifests=lambda played: [here(source, played), *more(played)],
        partitions=partitions,
        records=records,
        backlog=backlog,
    )


def answers(found: Recording) -> Iterator[Sent]:
    """Of a recording of answers: a record per case, alone in its partition, which says what it was answered."""
    for number, case in enumerate(found["cases"]):
        yield kafka.event(str(number), json.dumps({"answer": case["answer"]}).encode(), partition=number)


def records(found: Sequence[Recording]) -> list[Sent]:
    return [kafka.recorded(record) for record in found]
