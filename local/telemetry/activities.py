"""The time of a document by activity: each second of its critical path belongs to one kind of work."""

import heapq
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise

from local.telemetry.critical_path import PathSegment, find_critical_path, find_document_span, group_by_parent
from local.telemetry.span import Span, SpanKind

_NANO = 1_000_000_000


class Activity(StrEnum):
    """Kinds of work and waiting, in the order in which a document goes through them."""

    UPLOADING = "uploading"
    NOTIFYING = "notifying of the upload"
    WAITING_IN_KAFKA = "waiting in Kafka"
    WAITING_FOR_REPLICA = "waiting for a replica"
    WAITING_FOR_RETRY = "waiting for a retry"
    STARTING = "starting a replica"
    LOADING = "loading a model"
    FETCHING = "fetching the document"
    OPENING = "inspecting, rendering"
    ORIENTING = "detecting the orientation"
    READING = "reading"
    VOTING = "voting"
    CACHING = "looking up, saving readings"
    COMMITTING = "committing"
    ASSEMBLING = "assembling"
    PUBLISHING = "publishing"
    DELIVERING = "delivering"
    HANDLING = "handling"
    UNKNOWN = "in no span"


_BY_FIRST_WORD = {
    "PutObject": Activity.UPLOADING,
    "document": Activity.NOTIFYING,
    "notify": Activity.NOTIFYING,
    "receive": Activity.WAITING_IN_KAFKA,
    "wait": Activity.WAITING_FOR_REPLICA,
    "start": Activity.STARTING,
    "load": Activity.LOADING,
    "fetch": Activity.FETCHING,
    "look": Activity.FETCHING,
    "inspect": Activity.OPENING,
    "render": Activity.OPENING,
    "orient": Activity.ORIENTING,
    "read": Activity.READING,
    "vote": Activity.VOTING,
    "find": Activity.CACHING,
    "save": Activity.CACHING,
    "commit": Activity.COMMITTING,
    "assemble": Activity.ASSEMBLING,
    "upload": Activity.ASSEMBLING,
    "send": Activity.PUBLISHING,
    "POST": Activity.DELIVERING,
}
# A span of the sandbox has the name of a function, so its first word can end with an underscore.
_FIRST_WORD = re.compile(r"[^\W_]*")


def classify_span(span: Span) -> Activity:
    """Return the activity on which a span spends the time that is not covered by its children."""
    first_word = _FIRST_WORD.match(span.name)
    return _BY_FIRST_WORD.get(first_word[0] if first_word else "", Activity.HANDLING)


def sum_seconds_by_activity(spans: Sequence[Span]) -> dict[Activity, float]:
    """Return the seconds from upload to the end of the document by activity.

    Time that no span covers is Activity.UNKNOWN.
    """
    nanoseconds: defaultdict[Activity, int] = defaultdict(int)
    children = group_by_parent(spans)
    path = [*_find_upload_segments(spans), *find_critical_path(spans)]
    for segment in path:
        for span, duration in _split_segment(segment, _find_descendants(segment.span, children)):
            nanoseconds[_classify_part(segment, span)] += duration
    if gap := _compute_duration(path, find_document_span(spans)) - sum(nanoseconds.values()):
        nanoseconds[Activity.UNKNOWN] = gap
    return {activity: nanoseconds[activity] / _NANO for activity in Activity if activity in nanoseconds}


def _classify_part(segment: PathSegment, span: Span) -> Activity:
    """Return the activity of the part of a segment that belongs to `span`."""
    return Activity.WAITING_FOR_RETRY if span is segment.span and segment.is_pause else classify_span(span)


def _find_upload_segments(spans: Sequence[Span]) -> list[PathSegment]:
    """Return the segments before the upload event, which is where the span of the document starts."""
    document = find_document_span(spans)
    upload = next((span for span in spans if classify_span(span) is Activity.UPLOADING), None)
    if document is None or upload is None or upload.start >= document.start:
        return []
    upload_end = min(upload.end, document.start)
    return [PathSegment(upload, upload.start, upload_end), PathSegment(document, upload_end, document.start)]


def _compute_duration(path: Sequence[PathSegment], document: Span | None) -> int:
    """Return the nanoseconds from the first start to the last end of the segments and the document."""
    starts, ends = [segment.start for segment in path], [segment.end for segment in path]
    if document:
        starts, ends = [*starts, document.start], [*ends, document.end]
    return max(ends, default=0) - min(starts, default=0)


def _find_descendants(span: Span, children: Mapping[str, Sequence[Span]]) -> list[Span]:
    """Return the spans below `span`, but none below a `send` span: the event's consumer did that work."""
    found: dict[str, Span] = {}
    pending = [span]
    while pending:
        current = pending.pop()
        if current.kind != SpanKind.PRODUCER:
            new = [child for child in children.get(current.span_id, ()) if child.span_id not in found]
            found |= {child.span_id: child for child in new}
            pending += new
    return list(found.values())


def _split_segment(segment: PathSegment, descendants: Sequence[Span]) -> Iterator[tuple[Span, int]]:
    """Yield the parts of a segment as spans with nanoseconds.

    A part belongs to the active descendant that started last, or to the segment's own span if none is active.
    """
    ordered = sorted((d for d in descendants if d.start < segment.end and d.end > segment.start), key=_get_start)
    edges = {max(span.start, segment.start) for span in ordered} | {min(span.end, segment.end) for span in ordered}
    active: list[tuple[int, int, Span]] = []
    started = 0
    for start, end in pairwise(sorted(edges | {segment.start, segment.end})):
        while started < len(ordered) and ordered[started].start <= start:
            heapq.heappush(active, (-ordered[started].start, -started, ordered[started]))
            started += 1
        while active and active[0][2].end <= start:
            heapq.heappop(active)
        yield (active[0][2] if active else segment.span), end - start


def _get_start(span: Span) -> int:
    return span.start
