"""Where a document's time went: the critical path, second by second, by what was being done."""

import heapq
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise

from local.telemetry.critical import Stretch, children, root, stretches
from local.telemetry.span import Span, SpanKind

_NANO = 1_000_000_000


class Kind(StrEnum):
    """In the order in which a document meets them."""

    UPLOADING = "uploading"
    ANNOUNCING = "announcing"
    IN_KAFKA = "waiting in Kafka"
    FOR_A_REPLICA = "waiting for a replica"
    FOR_ANOTHER_TRY = "waiting for another try"
    STARTING = "starting"
    LOADING = "loading"
    FETCHING = "fetching"
    OPENING = "opening, rendering"
    ORIENTING = "finding which way is up"
    READING = "reading"
    VOTING = "voting"
    KEEPING = "finding, keeping readings"
    COMMITTING = "committing"
    ASSEMBLING = "assembling"
    PUBLISHING = "publishing"
    DELIVERING = "delivering"
    HANDLING = "handling"
    UNKNOWN = "in no span"


_BY_FIRST_WORD = {
    "PutObject": Kind.UPLOADING,
    "document": Kind.ANNOUNCING,
    "notify": Kind.ANNOUNCING,
    "receive": Kind.IN_KAFKA,
    "wait": Kind.FOR_A_REPLICA,
    "start": Kind.STARTING,
    "load": Kind.LOADING,
    "fetch": Kind.FETCHING,
    "look": Kind.FETCHING,
    "inspect": Kind.OPENING,
    "render": Kind.OPENING,
    "orient": Kind.ORIENTING,
    "read": Kind.READING,
    "vote": Kind.VOTING,
    "find": Kind.KEEPING,
    "keep": Kind.KEEPING,
    "commit": Kind.COMMITTING,
    "assemble": Kind.ASSEMBLING,
    "upload": Kind.ASSEMBLING,
    "send": Kind.PUBLISHING,
    "POST": Kind.DELIVERING,
}


def kind_of(span: Span) -> Kind:
    """What the span's own time is spent on."""
    return _BY_FIRST_WORD.get(span.name.partition(" ")[0], Kind.HANDLING)


def shares(spans: Sequence[Span]) -> dict[Kind, float]:
    """Seconds from the upload to the document's end, by kind; those that nothing explains are UNKNOWN."""
    nanoseconds: defaultdict[Kind, int] = defaultdict(int)
    families = children(spans)
    path = [*_upload(spans), *stretches(spans)]
    for stretch in path:
        for owner, took in _owners(stretch, _inside(stretch.span, families)):
            nanoseconds[_kind(stretch, owner)] += took
    if gap := _whole(path, root(spans)) - sum(nanoseconds.values()):
        nanoseconds[Kind.UNKNOWN] = gap
    return {kind: nanoseconds[kind] / _NANO for kind in Kind if kind in nanoseconds}


def _kind(stretch: Stretch, owner: Span) -> Kind:
    return Kind.FOR_ANOTHER_TRY if owner is stretch.span and stretch.pause else kind_of(owner)


def _upload(spans: Sequence[Span]) -> list[Stretch]:
    """What came before the document was announced, which is when its own span begins."""
    document = root(spans)
    upload = next((span for span in spans if kind_of(span) is Kind.UPLOADING), None)
    if document is None or upload is None or upload.start >= document.start:
        return []
    done = min(upload.end, document.start)
    return [Stretch(upload, upload.start, done), Stretch(document, done, document.start)]


def _whole(path: Sequence[Stretch], document: Span | None) -> int:
    starts, ends = [one.start for one in path], [one.end for one in path]
    if document:
        starts, ends = [*starts, document.start], [*ends, document.end]
    return max(ends, default=0) - min(starts, default=0)


def _inside(span: Span, families: Mapping[str, Sequence[Span]]) -> list[Span]:
    """Everything that was done for `span`, up to where an event was sent: what came of that is another's work."""
    found: dict[str, Span] = {}
    ahead = [span]
    while ahead:
        one = ahead.pop()
        if one.kind != SpanKind.PRODUCER:
            fresh = [child for child in families.get(one.span_id, ()) if child.span_id not in found]
            found |= {child.span_id: child for child in fresh}
            ahead += fresh
    return list(found.values())


def _owners(stretch: Stretch, inside: Sequence[Span]) -> Iterator[tuple[Span, int]]:
    """Every part of the stretch, as nanoseconds that belong to whatever began last among what was going on."""
    ahead = sorted((one for one in inside if one.start < stretch.end and one.end > stretch.start), key=_start)
    edges = {max(one.start, stretch.start) for one in ahead} | {min(one.end, stretch.end) for one in ahead}
    active: list[tuple[int, int, Span]] = []
    begun = 0
    for start, end in pairwise(sorted(edges | {stretch.start, stretch.end})):
        while begun < len(ahead) and ahead[begun].start <= start:
            heapq.heappush(active, (-ahead[begun].start, -begun, ahead[begun]))
            begun += 1
        while active and active[0][2].end <= start:
            heapq.heappop(active)
        yield (active[0][2] if active else stretch.span), end - start


def _start(span: Span) -> int:
    return span.start
