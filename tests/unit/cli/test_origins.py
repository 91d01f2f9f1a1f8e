"""Where a dead letter is sent again."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from events.catalogue import RAW
from events.examples import EXAMPLES
from events.letters import Letter
from local.cli.dead_letters.origins import origin, running_feeds
from local.cli.errors import Failed
from local.cli.request import PRODUCT

TESSERACT = "http://tesseract.default.svc.cluster.local"
INTAKE = "http://intake.default.svc.cluster.local"
MINE = "http://mine.default.svc.cluster.local"
FEEDS: Mapping[str, set[str]] = {
    INTAKE: {"pagebus.uploads"},
    TESSERACT: {"pagebus.pages.tesseract", "pagebus.pages.tesseract.bulk"},
    MINE: {"acme.things"},
}


def letter(event_type: str, data: bytes = b"not JSON", source: str = "/somebody") -> Letter:
    return Letter(
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


def requested(**changed: object) -> Letter:
    request = EXAMPLES["io.pagebus.page.requested.v1"].model_copy(update=changed)
    return letter(request.TYPE, request.model_dump_json().encode(), "/pagebus/intake")


@pytest.mark.parametrize(
    ("dead", "refused_at", "topic"),
    [
        (requested(engine="tesseract", bulk=True), TESSERACT, "pagebus.pages.tesseract.bulk"),
        (letter("io.pagebus.document.uploaded.v1"), INTAKE, "pagebus.uploads"),
        # Only the source knows where a stranger's event comes from.
        (letter("com.example.thing"), MINE, "acme.things"),
        # The same type as one of ours, on somebody's own topic.
        (letter("io.pagebus.page.failed.v1", source="/pagebus/persistence"), MINE, "acme.things"),
        # What refused it no longer runs.
        (requested(engine="gotocr"), "http://gotocr.default.svc.cluster.local", "pagebus.pages.gotocr"),
        (letter(RAW, source="/x/kafkasources/intake#pagebus.uploads"), INTAKE, "pagebus.uploads"),
    ],
)
def test_it_goes_where_it_came_from(dead: Letter, refused_at: str, topic: str) -> None:
    assert origin(dead, refused_at, FEEDS) == topic


@pytest.mark.parametrize(
    ("dead", "refused_at", "perhaps"),
    [
        (letter("com.example.thing"), "http://gone.default.svc.cluster.local", "--topic"),
        (letter("io.pagebus.page.requested.v1"), TESSERACT, "pagebus.pages.tesseract or pagebus.pages.tesseract.bulk"),
    ],
)
def test_where_nobody_knows_the_topic_has_to_be_named(dead: Letter, refused_at: str, perhaps: str) -> None:
    with pytest.raises(Failed, match="is not known") as refused:
        origin(dead, refused_at, FEEDS)

    assert perhaps in str(refused.value)


def test_a_letter_cannot_send_itself_where_its_function_does_not_listen() -> None:
    forged = letter(RAW, source="/x/kafkasources/intake#pagebus.results")

    assert origin(forged, INTAKE, FEEDS) == "pagebus.uploads"


def test_the_manifests_say_which_topics_feed_a_function() -> None:
    found = running_feeds(tuple(map(str, PRODUCT)))

    assert found[INTAKE] == FEEDS[INTAKE]
    assert found[TESSERACT] == FEEDS[TESSERACT]


def test_a_user_function_is_fed_by_its_own_source(tmp_path: Path) -> None:
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

    assert running_feeds((str(tmp_path),)) == {"http://mine.shop.svc.cluster.local": {"acme.things", "acme.others"}}
