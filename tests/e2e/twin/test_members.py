"""Members of a source's group come, go and die, and nothing is lost.

The embedded broker takes no commit while its members change, unlike Kafka, so some of it may be delivered twice here.
"""

import json

from tests.e2e.twin.rig import Rig, until


def test_another_member_gets_its_share_and_nothing_is_lost(rig: Rig, other: Rig) -> None:
    for twin in (rig, other):
        twin.service(annotations={"min-scale": "2"})
        twin.source("pages", consumers=4)
        twin.topic("pages")
    produced: list[int] = []

    def both_deliver() -> bool:
        """An event more for each partition whenever all have arrived, so that some are always in flight."""
        if len(set(_numbers("arrived", rig, other))) == len(produced):
            for partition in range(4):
                rig.produce("pages", {"n": len(produced), "work": 0.5}, event=str(len(produced)), partition=partition)
                produced.append(len(produced))
        return bool(other.numbers())

    rig.start()
    until(lambda: both_deliver() or rig.numbers("arrived"), "events in flight")
    other.start()
    until(both_deliver, "a share for the other")
    until(lambda: sorted(set(_numbers("answered", rig, other))) == produced, "all events")


def test_what_was_in_flight_at_a_kill_is_delivered_again(rig: Rig) -> None:
    rig.service()
    rig.source("pages")
    rig.topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1, "work": 2}, event="one")
    until(lambda: rig.numbers("arrived") == [1], "the event is in flight")
    rig.kill()
    rig.start()
    until(lambda: rig.numbers("arrived") == [1, 1], "the event again")


def _numbers(what: str, *twins: Rig) -> list[int]:
    return [json.loads(line["body"])["n"] for twin in twins for line in twin.requests(what)]
