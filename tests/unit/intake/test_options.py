"""Options of an upload: their sources, and rejections of options that intake cannot fulfil."""

from pathlib import Path

import pytest

import functions
from events.document import DocumentAccepted, DocumentRejected, DocumentUploaded, Options
from events.identity import compute_document_id
from events.page import PageRecognized, PageRequested
from functions.intake.engines import WITHOUT_WEIGHTS
from tests.unit.intake.intake_fakes import (
    BUCKET,
    KEY,
    UPLOAD,
    FakeInspector,
    add_object,
    get_rejection,
    handle,
    make_dependencies,
    make_settings,
)


def with_options(options: Options) -> DocumentUploaded:
    return UPLOAD.model_copy(update={"options": options})


def reject(options: Options, metadata: dict[str, str] | None = None) -> DocumentRejected:
    """Return the rejection of an upload with these options and this metadata."""
    dependencies = make_dependencies()
    add_object(dependencies, metadata=metadata)
    return get_rejection(handle(dependencies, with_options(options)))


def test_options_come_from_event_then_metadata_then_settings() -> None:
    dependencies = make_dependencies()
    metadata = {"pagebus-languages": "eng", "pagebus-engines": "toy, tesseract", "pagebus-min-confidence": "0.3"}
    add_object(dependencies, metadata={**metadata, "unrelated": "x"})

    accepted, *_ = handle(dependencies, with_options(Options(min_confidence=0.9)))

    assert isinstance(accepted, DocumentAccepted)
    assert (accepted.languages, accepted.engines, accepted.min_confidence) == (("eng",), ("toy", "tesseract"), 0.9)
    assert accepted.outputs == ("text", "markdown", "json")


@pytest.mark.parametrize(
    "name", ["min-confidence", "consensus", "languages", "outputs", "callback", "run", "langauges"]
)
def test_invalid_metadata_is_rejected_without_its_value(name: str) -> None:
    rejected = reject(Options(), {f"pagebus-{name}": "Qu atsch"})

    assert rejected.reason == "bad_options"
    assert f"x-amz-meta-pagebus-{name}" in rejected.message
    assert "Qu" not in rejected.message


@pytest.mark.parametrize(
    ("options", "metadata"),
    [(Options(callback="https://example.org/x"), {}), (Options(), {"pagebus-callback": "https://example.org/x"})],
    ids=["event", "metadata"],
)
def test_callback_is_rejected(options: Options, metadata: dict[str, str]) -> None:
    rejected = reject(options, metadata)

    assert rejected.reason == "bad_options"
    assert "pagebus.documents" in rejected.message
    assert "example" not in rejected.message


@pytest.mark.parametrize("run", ["0", "1"])
def test_run_in_metadata_is_rejected(run: str) -> None:
    dependencies = make_dependencies()
    info = add_object(dependencies, metadata={"pagebus-run": run})

    rejected = get_rejection(handle(dependencies))

    assert rejected.reason == "bad_options"
    assert "x-amz-meta-pagebus-run" in rejected.message
    assert rejected.document == compute_document_id(tenant="acme", bucket=BUCKET, key=KEY, etag=info.etag)


def test_run_in_event_makes_another_document() -> None:
    dependencies = make_dependencies()
    info = add_object(dependencies)

    accepted, *_ = handle(dependencies, with_options(Options(run=1)))

    assert isinstance(accepted, DocumentAccepted)
    assert accepted.document == compute_document_id(tenant="acme", bucket=BUCKET, key=KEY, etag=info.etag, run=1)


def test_named_engines_disable_text_layers() -> None:
    dependencies = make_dependencies()
    add_object(dependencies)

    handle(dependencies, with_options(Options(engines=("toy",))))

    assert isinstance(dependencies.inspector, FakeInspector)
    assert dependencies.inspector.calls == [(1, False)]


def test_unavailable_engines_of_default_route_are_skipped() -> None:
    dependencies = make_dependencies(route="rapidocr,tesseract,surya,toy")
    add_object(dependencies)

    accepted, *_ = handle(dependencies)

    assert isinstance(accepted, DocumentAccepted)
    assert accepted.plan[1].route == ("tesseract", "toy")


def test_min_confidence_defaults_to_settings() -> None:
    dependencies = make_dependencies(min_confidence=0.87)
    add_object(dependencies)

    accepted, *_ = handle(dependencies)

    assert isinstance(accepted, DocumentAccepted)
    assert accepted.min_confidence == 0.87


def test_message_distinguishes_unavailable_from_unknown_engine() -> None:
    unavailable, unknown = (reject(Options(engines=(name,))).message for name in ("surya", "crystalball"))

    assert unavailable.startswith("Not available here: surya.")
    assert all(way in unavailable for way in ("`make models`", "PAGEBUS_MODELS", "its manifest"))
    assert unknown.startswith("No engine is called crystalball.")
    assert all("Available engines: tesseract, toy." in message for message in (unavailable, unknown))


def test_message_mentions_weights_only_for_engines_with_weights() -> None:
    light, both = (reject(Options(engines=names)).message for names in (("rapidocr",), ("rapidocr", "surya")))

    assert light.startswith("Not available here: rapidocr. An operator can add it: apply its manifest")
    assert "models" not in light.lower()
    assert "Not available here: surya. An operator can add it: run `make models`" in both


def test_message_explains_each_of_several_engines() -> None:
    message = reject(Options(engines=("tesseract", "surya", "gotocr", "crystalball"))).message

    assert "Not available here: gotocr, surya." in message
    assert "No engine is called crystalball." in message


def test_list_of_engines_without_weights_is_complete() -> None:
    folders = Path(functions.__path__[0])
    engines = {reader.parent.name for reader in folders.glob("*/reader.py")} - {"engine"}

    heavy = {name for name in engines if "ModelSettings" in (folders / name / "settings.py").read_text()}

    assert engines - heavy == WITHOUT_WEIGHTS


def test_list_of_known_engines_is_complete() -> None:
    engines = {reader.parent.name for reader in Path(functions.__path__[0]).glob("*/reader.py")} - {"engine"}

    assert set(make_settings().known_engines.split(",")) == engines


@pytest.mark.parametrize(
    ("in_event", "metadata", "in_settings", "expected"),
    [
        (None, {}, False, False),
        (None, {}, True, True),
        (None, {"pagebus-consensus": "true"}, False, True),
        (False, {"pagebus-consensus": "true"}, True, False),
    ],
)
def test_consensus_applies_to_requests_but_not_to_text_layers(
    in_event: bool | None,  # noqa: FBT001  # a parameter of the test
    metadata: dict[str, str],
    in_settings: bool,  # noqa: FBT001  # a parameter of the test
    expected: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    dependencies = make_dependencies(consensus=in_settings)
    add_object(dependencies, metadata=metadata)

    accepted, text, request = handle(dependencies, with_options(Options(consensus=in_event)))

    assert isinstance(accepted, DocumentAccepted)
    assert isinstance(text, PageRecognized)
    assert isinstance(request, PageRequested)
    assert (accepted.consensus, request.consensus) == (expected, expected)


@pytest.mark.parametrize(
    ("options", "metadata"),
    [
        (Options(consensus=True, engines=("toy",)), {}),
        (Options(), {"pagebus-consensus": "true", "pagebus-engines": "toy"}),
        (Options(engines=("toy", "toy")), {"pagebus-consensus": "true"}),
    ],
    ids=["event", "metadata", "both"],
)
def test_consensus_with_one_engine_is_rejected(options: Options, metadata: dict[str, str]) -> None:
    rejected = reject(options, metadata)

    assert rejected.reason == "bad_options"
    assert "A consensus needs two engines" in rejected.message


@pytest.mark.parametrize(
    "options",
    [Options(engines=("toy",)), Options(engines=("toy",), consensus=False), Options(engines=("toy", "tesseract"))],
)
def test_consensus_by_default_accepts_one_named_engine(options: Options) -> None:
    dependencies = make_dependencies(consensus=True)
    add_object(dependencies)

    accepted, *_ = handle(dependencies, with_options(options))

    assert isinstance(accepted, DocumentAccepted)
