"""What an engine counts: the pages that it was not sure enough of."""

from collections.abc import Callable

from opentelemetry.metrics import Meter

from events.event import Event
from events.page import PageRequested

Work = Callable[[PageRequested], list[Event]]


def counted(work: Work, meter: Meter) -> Work:
    """Count the pages that go on to another engine."""
    escalations = meter.create_counter("pagebus.escalations", "{page}", "Pages passed on to another engine.")

    def counting(request: PageRequested) -> list[Event]:
        said = work(request)
        for event in said:
            if isinstance(event, PageRequested):
                escalations.add(1, {"pagebus.engine": request.engine, "pagebus.next_engine": event.engine})
        return said

    return counting
