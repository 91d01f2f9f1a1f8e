"""Engines that somebody named, known before anything is uploaded: intake would reject each file for one it lacks."""

from collections.abc import Iterable, Mapping, Sequence

from confluent_kafka import KafkaException

from events.metadata import from_metadata
from events.topics import BULK, PAGES
from local.cli import twin
from local.cli.errors import Impossible
from local.cli.stack import Stack
from local.platform import topics
from local.twin.left_out import LeftOut, lines


def check(up: Stack, metadata: Mapping[str, str]) -> None:
    """Raises Impossible for wishes that name engines which are not here, as far as that can be known."""
    wished = from_metadata(metadata).engines
    here = _here(up) if wished else None
    if not wished or here is None:
        return
    if absent := [engine for engine in dict.fromkeys(wished) if engine not in here]:
        raise Impossible(_told(absent, here, twin.left_out(twin.ask(up.twin))))


def _here(up: Stack) -> frozenset[str] | None:
    """As intake sees it; None where Kafka does not say, or may not tell us all: on somebody's own it has its rights."""
    if up.started.platform == "yours":
        return None
    try:
        there = topics.look(up.started.endpoints.kafka).partitions
    except KafkaException:
        return None
    return frozenset(one.removeprefix(PAGES) for one in there if one.startswith(PAGES) and not one.endswith(BULK))


def _told(absent: Sequence[str], here: Iterable[str], left_out: Iterable[LeftOut]) -> str:
    known = [one for one in left_out if one.engine in absent]
    unknown = [engine for engine in absent if engine not in {one.engine for one in known}]
    told = [f"No engine is called {', '.join(unknown)}."] if unknown else []
    told += [*lines(known), f"Engines here: {', '.join(sorted(here)) or 'none'}."]
    return f"--engines {','.join(absent)}: {' '.join(told)} Nothing was uploaded."
