"""Members of a source's consumer group join, leave and are killed without losing events.

Unlike Kafka, the embedded broker accepts no commit during a rebalance, so that events may be delivered twice here.
"""

import json

from tests.e2e.twin.rig import Rig, wait_until


def test_second_twin_shares_partitions_without_loss(rig: Rig, other: Rig) -> None:
    for twin in (rig, other):
        twin.add_service(annotations={"min-scale": "2"})
        twin.add_source("pages", consumers=4)
        twin.add_topic("pages")
    produced: list[int] = []

    def produce_until_both_deliver() -> bool:
        """Produce an event for each partition when all have arrived, so that some are always in flight."""
        if len(set(_list_numbers("arrived", rig, other))) == len(produced):
            for partition in range(4):
                rig.produce("pages", {"n": len(produced), "work": 0.5}, event=str(len(produced)), partition=partition)
                produced.append(len(produced))
        return bool(other.list_numbers())

    rig.start()
    wait_until(lambda: produce_until_both_deliver() or rig.list_numbers("arrived"), "events in flight")
    other.start()
    wait_until(produce_until_both_deliver, "a share for the other")
    wait_until(lambda: sorted(set(_list_numbers("answered", rig, other))) == produced, "all events")


def test_events_in_flight_at_a_kill_are_delivered_again(rig: Rig) -> None:
    rig.add_service()
    rig.add_source("pages")
    rig.add_topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1, "work": 2}, event="one")
    wait_until(lambda: rig.list_numbers("arrived") == [1], "the event is in flight")
    rig.kill()
    rig.start()
    wait_until(lambda: rig.list_numbers("arrived") == [1, 1], "the event again")


def _list_numbers(what: str, *twins: Rig) -> list[int]:
    return [json.loads(line["body"])["n"] for twin in twins for line in twin.list_requests(what)]
