"""Recordings of a real Knative as scenarios: manifests with local addresses, and records."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tests.parity import kafka
from tests.parity.golden import Recording
from tests.parity.kafka import RecordToSend
from tests.parity.knative import Manifest
from tests.parity.scenario import RunningScenario, Scenario

_UNREACHABLE = "http://127.0.0.1:9/"


def localize(manifest: Manifest, played: RunningScenario) -> Manifest:
    """Return a recorded KafkaSource with the current addresses of Kafka and of the recording servers."""
    spec = {**manifest["spec"], "bootstrapServers": [played.knative.bootstrap]}
    spec["sink"] = _localize_destination(spec["sink"], f"{played.main.url}/")
    if "delivery" in spec and "deadLetterSink" in spec["delivery"]:
        dead = _localize_destination(spec["delivery"]["deadLetterSink"], f"{played.dead.url}/")
        spec["delivery"] = {**spec["delivery"], "deadLetterSink": dead}
    return {**manifest, "spec": spec}


def _localize_destination(recorded: Mapping[str, Any], url: str) -> dict[str, Any]:
    """Return a destination with a current address. Unreachable servers and unknown names stay as they are."""
    match recorded.get("uri", "").split(":"):
        case ["http", _, ("18080/" | "18081/")]:
            return {"uri": url}
        case ["http", _, "18099/"]:
            return {"uri": _UNREACHABLE}
        case _:
            return dict(recorded)


def build_scenario(
    source: Manifest,
    *,
    partitions: int,
    records: Sequence[RecordToSend] = (),
    backlog: Sequence[RecordToSend] = (),
    more: Callable[[RunningScenario], Sequence[Manifest]] = lambda _: (),
) -> Scenario:
    """Return the scenario of one recorded source."""
    return Scenario(
        name=source["metadata"]["name"],
        manifests=lambda played: [localize(source, played), *more(played)],
        partitions=partitions,
        records=records,
        backlog=backlog,
    )


def build_answers(found: Recording) -> Iterator[RecordToSend]:
    """Yield a record per recorded case, each in its own partition, with the recorded answer as data."""
    for number, case in enumerate(found["cases"]):
        yield kafka.build_event(str(number), json.dumps({"answer": case["answer"]}).encode(), partition=number)


def load_recorded_records(found: Sequence[Recording]) -> list[RecordToSend]:
    return [kafka.load_recorded(record) for record in found]
