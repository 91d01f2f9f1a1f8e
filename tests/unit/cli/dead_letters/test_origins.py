"""The topic that a dead letter came from."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from events.catalogue import RAW_RECORD_TYPE
from events.dead_letters import DeadLetter
from events.examples import EXAMPLES
from local.cli.dead_letters.origins import find_origin_topic, load_topics_by_url
from local.cli.shell.errors import CommandFailedError
from local.cli.stack.up_options import PRODUCT_MANIFESTS

TESSERACT = "http://tesseract.default.svc.cluster.local"
INTAKE = "http://intake.default.svc.cluster.local"
MINE = "http://mine.default.svc.cluster.local"
FEEDS: Mapping[str, set[str]] = {
    INTAKE: {"pagebus.uploads"},
    TESSERACT: {"pagebus.pages.tesseract", "pagebus.pages.tesseract.bulk"},
    MINE: {"acme.things"},
}


def letter(event_type: str, data: bytes = b"not JSON", source: str = "/somebody") -> DeadLetter:
    return DeadLetter(
        letter=UUID(int=7),
        id="1",
        source=source,
        type=event_type,
        subject=None,
        time=datetime(2026, 1, 31, 12, tzinfo=UTC),
        datacontenttype="application/json",
        traceparent=None,
        extensions={},
        data=data,
        resent=0,
    )


def requested(**changed: object) -> DeadLetter:
    request = EXAMPLES["io.pagebus.page.requested.v1"].model_copy(update=changed)
    return letter(request.TYPE, request.model_dump_json().encode(), "/pagebus/intake")


@pytest.mark.parametrize(
    ("dead", "refused_at", "topic"),
    [
        (requested(engine="tesseract", bulk=True), TESSERACT, "pagebus.pages.tesseract.bulk"),
        (letter("io.pagebus.document.uploaded.v1"), INTAKE, "pagebus.uploads"),
        # Only the source tells the topic of another system's event.
        (letter("com.example.thing"), MINE, "acme.things"),
        # A Pagebus event type on a user's own topic.
        (letter("io.pagebus.page.failed.v1", source="/pagebus/persistence"), MINE, "acme.things"),
        # The function that refused it no longer runs.
        (requested(engine="gotocr"), "http://gotocr.default.svc.cluster.local", "pagebus.pages.gotocr"),
        (letter(RAW_RECORD_TYPE, source="/x/kafkasources/intake#pagebus.uploads"), INTAKE, "pagebus.uploads"),
    ],
)
def test_origin_is_the_topic_that_the_event_came_from(dead: DeadLetter, refused_at: str, topic: str) -> None:
    assert find_origin_topic(dead, refused_at, FEEDS) == topic


@pytest.mark.parametrize(
    ("dead", "refused_at", "expected"),
    [
        (letter("com.example.thing"), "http://gone.default.svc.cluster.local", "--topic"),
        (letter("io.pagebus.page.requested.v1"), TESSERACT, "pagebus.pages.tesseract or pagebus.pages.tesseract.bulk"),
    ],
)
def test_unknown_origin_fails_and_mentions_the_topic_option(dead: DeadLetter, refused_at: str, expected: str) -> None:
    with pytest.raises(CommandFailedError, match="is unknown") as refused:
        find_origin_topic(dead, refused_at, FEEDS)

    assert expected in str(refused.value)


def test_topic_of_a_forged_event_is_ignored() -> None:
    forged = letter(RAW_RECORD_TYPE, source="/x/kafkasources/intake#pagebus.results")

    assert find_origin_topic(forged, INTAKE, FEEDS) == "pagebus.uploads"


def test_topics_by_url_come_from_the_product_manifests() -> None:
    found = load_topics_by_url(tuple(map(str, PRODUCT_MANIFESTS)))

    assert found[INTAKE] == FEEDS[INTAKE]
    assert found[TESSERACT] == FEEDS[TESSERACT]


def test_topics_by_url_include_the_users_functions(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "apiVersion: sources.knative.dev/v1\n"
        "kind: KafkaSource\n"
        "metadata: {name: mine, namespace: shop}\n"
        "spec:\n"
        "  topics: [acme.things, acme.others]\n"
        "  bootstrapServers: [k:9092]\n"
        "  consumerGroup: mine\n"
        "  sink: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: mine}}\n"
    )

    assert load_topics_by_url((str(tmp_path),)) == {
        "http://mine.shop.svc.cluster.local": {"acme.things", "acme.others"}
    }
