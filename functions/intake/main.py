"""Connects intake to the world."""

from functools import partial

from flask import Flask

from events.catalogue import RAW
from events.document import DocumentUploaded
from events.topics import UPLOADS
from functions.intake.engines import Engines
from functions.intake.examination import TASK, Examiner
from functions.intake.handler import Desk, announced, ignored, notified
from functions.intake.settings import IntakeSettings
from functions.reading.store import Readings
from functions.runtime.app import Handler, application
from functions.runtime.bus import Bus
from functions.runtime.disk_cache import Copies
from functions.runtime.sandbox.sandbox import Sandbox
from functions.runtime.serve import serve
from functions.runtime.settings import load
from functions.runtime.storage import Storage
from functions.runtime.telemetry.telemetry import Telemetry

FUNCTION = "intake"


def build(settings: IntakeSettings, telemetry: Telemetry) -> Flask:
    """Connect everything; the store and Kafka may still be down."""
    sandbox = Sandbox([TASK], settings.limits)  # first, as it starts beside the rest
    bus = Bus(settings.kafka, FUNCTION, telemetry)
    storage = Storage(settings, connections=settings.concurrency)
    desk = Desk(
        storage=storage,
        examiner=Examiner(storage=storage, copies=Copies(settings.cache_bytes), sandbox=sandbox, settings=settings),
        readings=Readings(storage, settings.results_bucket),
        engines=Engines(bus.topics),
        working=telemetry.of_document,
        settings=settings,
    )
    handlers: dict[str, Handler] = {
        RAW: partial(notified, desk=desk),
        "com.amazonaws.s3.ObjectCreated*": partial(notified, desk=desk),
        "com.amazonaws.s3.*": ignored,
        DocumentUploaded.TYPE: partial(announced, desk=desk),
    }
    sandbox.prove()
    return application(
        handlers,
        bus.publish,
        consumes=UPLOADS,
        telemetry=telemetry,
    )


def main() -> None:
    """Serve until SIGTERM."""
    serve(FUNCTION, build, load(IntakeSettings))


if __name__ == "__main__":
    main()
