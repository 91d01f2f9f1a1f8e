"""What is wished for a document, and what nobody can fulfil."""

from pathlib import Path

import pytest

import functions
from events.document import DocumentAccepted, Options
from events.event import Event
from events.identity import document_id
from events.page import PageRecognized, PageRequested
from functions.intake.handler import handle
from functions.intake.routes import WITHOUT_WEIGHTS
from tests.unit.intake.intake_desk import BUCKET, KEY, UPLOAD, Told, desk, rejection, store


def test_wishes_come_from_the_event_then_the_object_then_the_settings() -> None:
    at = desk()
    noted = {"pagebus-languages": "eng", "pagebus-engines": "toy, tesseract", "pagebus-min-confidence": "0.3"}
    store(at, metadata={**noted, "unrelated": "x"})
    upload = UPLOAD.model_copy(update={"options": Options(min_confidence=0.9)})

    accepted, *_ = handle((upload,), announced=None, desk=at)

    assert isinstance(accepted, DocumentAccepted)
    assert (accepted.languages, accepted.engines, accepted.min_confidence) == (("eng",), ("toy", "tesseract"), 0.9)
    assert accepted.outputs == ("text", "markdown", "json")


@pytest.mark.parametrize(
    "name", ["min-confidence", "consensus", "languages", "outputs", "callback", "run", "langauges"]
)
def test_metadata_that_makes_no_sense_is_refused_by_name(name: str) -> None:
    at = desk()
    store(at, metadata={f"pagebus-{name}": "Qu atsch"})

    rejected = rejection(handle((UPLOAD,), announced=None, desk=at))

    assert rejected.reason == "bad_options"
    assert f"x-amz-meta-pagebus-{name}" in rejected.message
    assert "Qu" not in rejected.message


@pytest.mark.parametrize(
    ("options", "metadata"),
    [(Options(callback="https://example.org/x"), {}), (Options(), {"pagebus-callback": "https://example.org/x"})],
    ids=["event", "metadata"],
)
def test_a_call_back_is_refused_because_nobody_would_make_it(options: Options, metadata: dict[str, str]) -> None:
    at = desk()
    store(at, metadata=metadata)

    rejected = rejection(handle((UPLOAD.model_copy(update={"options": options}),), announced=None, desk=at))

    assert rejected.reason == "bad_options"
    assert "pagebus.documents" in rejected.message
    assert "example" not in rejected.message


@pytest.mark.parametrize("run", ["0", "1"])
def test_a_run_is_asked_for_by_an_event_and_not_by_metadata(run: str) -> None:
    at = desk()
    stored = store(at, metadata={"pagebus-run": run})

    rejected = rejection(handle((UPLOAD,), announced=None, desk=at))

    assert rejected.reason == "bad_options"
    assert "x-amz-meta-pagebus-run" in rejected.message
    assert rejected.document == document_id(tenant="acme", bucket=BUCKET, key=KEY, etag=stored.etag)


def test_an_event_that_asks_for_a_run_gets_it() -> None:
    at = desk()
    stored = store(at)

    accepted, *_ = handle((UPLOAD.model_copy(update={"options": Options(run=1)}),), announced=None, desk=at)

    assert isinstance(accepted, DocumentAccepted)
    assert accepted.document == document_id(tenant="acme", bucket=BUCKET, key=KEY, etag=stored.etag, run=1)


def test_who_names_engines_gets_them_and_no_text_layer() -> None:
    at = desk()
    store(at)

    handle((UPLOAD.model_copy(update={"options": Options(engines=("toy",))}),), announced=None, desk=at)

    assert isinstance(at.examiner, Told)
    assert at.examiner.asked == [(1, False)]


def test_an_engine_of_the_default_route_that_is_not_there_is_left_out() -> None:
    at = desk(route="rapidocr,tesseract,surya,toy")
    store(at)

    accepted, *_ = handle((UPLOAD,), announced=None, desk=at)

    assert isinstance(accepted, DocumentAccepted)
    assert accepted.plan[1].route == ("tesseract", "toy")


def test_who_says_nothing_wants_as_many_characters_right_as_the_settings_do() -> None:
    at = desk(min_confidence=0.87)
    store(at)

    accepted, *_ = handle((UPLOAD,), announced=None, desk=at)

    assert isinstance(accepted, DocumentAccepted)
    assert accepted.min_confidence == 0.87


def test_an_engine_that_is_left_out_here_is_told_from_one_that_does_not_exist() -> None:
    at = desk()
    store(at)

    left_out, unknown = (
        refused(handle((UPLOAD.model_copy(update={"options": Options(engines=(name,))}),), announced=None, desk=at))
        for name in ("surya", "crystalball")
    )

    assert left_out.startswith("Left out here: surya.")
    assert all(way in left_out for way in ("`make models`", "PAGEBUS_MODELS", "its manifest"))
    assert unknown.startswith("No engine is called crystalball.")
    assert all("Engines here: tesseract, toy." in message for message in (left_out, unknown))


def test_an_engine_that_needs_no_weights_is_left_out_without_a_word_of_them() -> None:
    at = desk()
    store(at)

    light, both = (
        refused(handle((UPLOAD.model_copy(update={"options": Options(engines=names)}),), announced=None, desk=at))
        for names in (("rapidocr",), ("rapidocr", "surya"))
    )

    assert light.startswith("Left out here: rapidocr. Whoever runs this can have it: its manifest")
    assert "models" not in light.lower()
    assert "Left out here: surya. Whoever runs this can have it: `make models`" in both


def test_intake_knows_which_engines_need_no_weights() -> None:
    folders = Path(functions.__path__[0])
    engines = {reader.parent.name for reader in folders.glob("*/reader.py")} - {"engine"}

    heavy = {name for name in engines if "ModelSettings" in (folders / name / "settings.py").read_text()}

    assert engines - heavy == WITHOUT_WEIGHTS


def test_of_several_engines_each_is_told_for_what_it_is() -> None:
    at = desk()
    store(at)
    asked = UPLOAD.model_copy(update={"options": Options(engines=("tesseract", "surya", "gotocr", "crystalball"))})

    message = refused(handle((asked,), announced=None, desk=at))

    assert "Left out here: gotocr, surya." in message
    assert "No engine is called crystalball." in message


def test_intake_knows_the_name_of_every_engine_of_the_product() -> None:
    engines = {reader.parent.name for reader in Path(functions.__path__[0]).glob("*/reader.py")} - {"engine"}

    assert set(desk().settings.known_engines.split(",")) == engines


def refused(said: list[Event]) -> str:
    return rejection(said).message


@pytest.mark.parametrize(
    ("said", "noted", "settled", "asked"),
    [
        (None, {}, False, False),
        (None, {}, True, True),
        (None, {"pagebus-consensus": "true"}, False, True),
        (False, {"pagebus-consensus": "true"}, True, False),
    ],
)
def test_a_consensus_is_asked_for_by_the_event_the_object_or_the_settings_and_text_layers_need_none(
    said: bool | None,  # noqa: FBT001  # a wish
    noted: dict[str, str],
    settled: bool,  # noqa: FBT001  # the default for who has no wish
    asked: bool,  # noqa: FBT001  # what comes of it
) -> None:
    at = desk(consensus=settled)
    store(at, metadata=noted)
    upload = UPLOAD.model_copy(update={"options": Options(consensus=said)})

    accepted, text, request = handle((upload,), announced=None, desk=at)

    assert isinstance(accepted, DocumentAccepted)
    assert isinstance(text, PageRecognized)
    assert isinstance(request, PageRequested)
    assert (accepted.consensus, request.consensus) == (asked, asked)


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        (Options(consensus=True, engines=("toy",)), {}),
        (Options(), {"pagebus-consensus": "true", "pagebus-engines": "toy"}),
        (Options(engines=("toy", "toy")), {"pagebus-consensus": "true"}),
    ],
    ids=["event", "metadata", "both"],
)
def test_a_consensus_of_one_engine_is_refused_because_it_can_never_be_had(said: Options, noted: dict[str, str]) -> None:
    at = desk()
    store(at, metadata=noted)

    rejected = rejection(handle((UPLOAD.model_copy(update={"options": said}),), announced=None, desk=at))

    assert rejected.reason == "bad_options"
    assert "A consensus needs two engines" in rejected.message


@pytest.mark.parametrize(
    "options",
    [Options(engines=("toy",)), Options(engines=("toy",), consensus=False), Options(engines=("toy", "tesseract"))],
)
def test_who_names_one_engine_and_wishes_for_no_consensus_is_read_by_it_whatever_is_settled(options: Options) -> None:
    at = desk(consensus=True)
    store(at)

    accepted, *_ = handle((UPLOAD.model_copy(update={"options": options}),), announced=None, desk=at)

    assert isinstance(accepted, DocumentAccepted)
