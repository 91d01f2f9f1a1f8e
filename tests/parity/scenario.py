"""A scenario: what is applied, what is produced, and what arrived. All scenarios of a run play at once.

A test module lists its own in `SCENARIOS`; its tests find what became of them in the fixture `played`, by name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.parity import kafka
from tests.parity.kafka import Sent
from tests.parity.knative import Knative, Manifest
from tests.parity.recorder import Recorder


@dataclass
class Played:
    """A scenario at work: `main` and `dead` record what arrives at the sink and at the dead-letter sink."""

    scenario: "Scenario"
    knative: Knative
    main: Recorder
    dead: Recorder
    group: kafka.Group

    @property
    def name(self) -> str:
        return self.scenario.name

    def produce(self, records: Sequence[Sent]) -> None:
        kafka.produce(self.knative.kafka, self.name, records)

    def close(self) -> None:
        self.main.close()
        self.dead.close()
        self.group.close()

    def committed(self) -> dict[int, int]:
        """Of the group and the topic that have the scenario's name."""
        return self.group.committed(self.name)


@dataclass(frozen=True)
class Scenario:
    """`backlog` is produced before anything is applied, `records` when all of it is ready, both to the topic `name`.

    An event's data says how the sink answers it (`answer`), and how the dead-letter sink does (`answer_dls`).
    """

    name: str
    manifests: Callable[[Played], Sequence[Manifest]]
    topics: Mapping[str, int] = field(default_factory=dict)
    partitions: int = 1
    backlog: Sequence[Sent] = ()
    records: Sequence[Sent] = ()

    def open(self, knative: Knative) -> Played:
        """Its servers and topics are there, and its backlog."""
        main, dead = Recorder(knative.host), Recorder(knative.host, "answer_dls")
        kafka.make(knative.kafka, {self.name: self.partitions, **self.topics})
        played = Played(self, knative, main, dead, kafka.Group(knative.kafka, self.name))
        played.produce(self.backlog)
        return played
