"""Entry point of intake. It connects the handler to Kafka, the object store and the sandbox."""

from functools import partial

from flask import Flask

from events.catalogue import RAW_RECORD_TYPE
from events.document import DocumentUploaded
from events.topics import UPLOADS
from functions.intake.available_engines import AvailableEngines
from functions.intake.handler import Dependencies, handle_announcement, handle_notification, ignore_event
from functions.intake.inspector import INSPECTION_TASK, DocumentInspector
from functions.intake.settings import IntakeSettings
from functions.reading.store import ReadingStore
from functions.runtime.app import Handler, create_app
from functions.runtime.bus import Bus
from functions.runtime.disk_cache import DiskCache
from functions.runtime.sandbox.sandbox import Sandbox
from functions.runtime.server import serve_function
from functions.runtime.settings import load_settings
from functions.runtime.storage import Storage
from functions.runtime.telemetry.telemetry import Telemetry

FUNCTION = "intake"


def build(settings: IntakeSettings, telemetry: Telemetry) -> Flask:
    """Return the application. S3 and Kafka do not need to answer yet."""
    # The sandbox starts in the background while the other dependencies are created.
    sandbox = Sandbox([INSPECTION_TASK], settings.job_limits)
    bus = Bus(settings.kafka_client_config, FUNCTION, telemetry)
    storage = Storage(settings, connections=settings.concurrency)
    disk_cache = DiskCache(settings.cache_bytes)
    dependencies = Dependencies(
        storage=storage,
        inspector=DocumentInspector(storage=storage, disk_cache=disk_cache, sandbox=sandbox, settings=settings),
        readings=ReadingStore(storage, settings.results_bucket),
        list_engines=AvailableEngines(bus.list_topics),
        trace_document=telemetry.trace_document,
        settings=settings,
    )
    handlers: dict[str, Handler] = {
        RAW_RECORD_TYPE: partial(handle_notification, dependencies=dependencies),
        "com.amazonaws.s3.ObjectCreated*": partial(handle_notification, dependencies=dependencies),
        "com.amazonaws.s3.*": ignore_event,
        DocumentUploaded.TYPE: partial(handle_announcement, dependencies=dependencies),
    }
    sandbox.wait_until_ready()
    return create_app(
        handlers,
        bus.publish,
        consumes=UPLOADS,
        telemetry=telemetry,
    )


def main() -> None:
    """Serve requests until SIGTERM."""
    serve_function(FUNCTION, build, load_settings(IntakeSettings))


if __name__ == "__main__":
    main()
