"""Scenarios: their manifests, records and received requests. All scenarios of a run play at the same time.

A test module lists its scenarios in `SCENARIOS`. The fixture `played` has the results by name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.parity import kafka
from tests.parity.kafka import RecordToSend
from tests.parity.knative import Knative, Manifest
from tests.parity.recorder import Recorder


@dataclass
class RunningScenario:
    """A running scenario; `main` and `dead` record requests at the sink and at the dead-letter sink."""

    scenario: "Scenario"
    knative: Knative
    main: Recorder
    dead: Recorder
    group: kafka.Group

    @property
    def name(self) -> str:
        return self.scenario.name

    def produce(self, records: Sequence[RecordToSend]) -> None:
        kafka.produce(self.knative.kafka, self.name, records)

    def close(self) -> None:
        self.main.close()
        self.dead.close()
        self.group.close()

    def load_committed(self) -> dict[int, int]:
        """Return the committed offsets of the scenario's group by partition."""
        return self.group.load_committed(self.name)


@dataclass(frozen=True)
class Scenario:
    """A scenario with the topic `name`.

    `backlog` is produced before the manifests are applied, and `records` when everything is ready.

    The data of an event has the answers of the sink (`answer`) and of the dead-letter sink (`answer_dls`).
    """

    name: str
    manifests: Callable[[RunningScenario], Sequence[Manifest]]
    topics: Mapping[str, int] = field(default_factory=dict)
    partitions: int = 1
    backlog: Sequence[RecordToSend] = ()
    records: Sequence[RecordToSend] = ()

    def open(self, knative: Knative) -> RunningScenario:
        """Start the servers, create the topics and produce the backlog."""
        main, dead = Recorder(knative.host), Recorder(knative.host, "answer_dls")
        kafka.create_topics(knative.kafka, {self.name: self.partitions, **self.topics})
        played = RunningScenario(self, knative, main, dead, kafka.Group(knative.kafka, self.name))
        played.produce(self.backlog)
        return played
