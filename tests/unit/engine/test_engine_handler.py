import pytest

from events.errors import InvalidEvent
from events.page import ReadingRef
from functions.engine.reader import Raster
from functions.reading.reading import Line, Reading
from functions.runtime.errors import Unavailable
from functions.runtime.sandbox.problem import DocumentProblem
from tests.unit.engine.engine_fakes import NOW, FakePages, FakeReader, reading, reference, request
from tests.unit.engine.handling import Engine, beside, failed, passed_on, recognized


def test_a_page_that_is_read_is_recognized_with_its_text() -> None:
    said = recognized(Engine()(request()))
    assert (said.text, said.confidence, said.best_effort) == ("Öl", 0.9, False)
    assert (said.engine, said.engine_version, said.page, said.pages) == ("tesseract", "5", 2, 3)
    assert said.why == "first on the route; tesseract expects 90% to be right"
    assert said.dataref.startswith("s3://pagebus-results/readings/acme/")


def test_a_page_delivered_twice_is_read_once_and_named_the_same() -> None:
    engine = Engine()
    assert engine(request()).id == engine(request()).id
    assert (engine.reader.read_pages, engine.pages.rendered) == (1, 1)


def test_the_faster_replicas_reading_is_the_one_that_is_published() -> None:
    engine = Engine(FakeReader(0.9, text="slower"))
    theirs = FakeReader(0.95, text="faster")
    engine.storage.before_put = lambda: Engine.__call__(beside(engine, theirs), request())
    said = recognized(engine(request()))
    assert (said.text, said.confidence) == ("faster", 0.95)


def test_other_languages_are_another_reading() -> None:
    engine = Engine()
    engine(request())
    engine(request(languages=("deu", "eng")))
    assert engine.reader.read_pages == 2


def test_a_page_that_is_not_sure_enough_goes_on_with_the_reading_as_the_best_so_far() -> None:
    engine = Engine(FakeReader(0.5))
    said = passed_on(engine(request(route=("rapidocr", "surya"))))
    assert (said.engine, said.route) == ("rapidocr", ("surya",))
    assert said.best is not None
    assert (said.best.engine, said.best.confidence) == ("tesseract", 0.5)
    assert said.requested_at > NOW
    assert engine.readings.behind(request(), said.best) is not None


def test_at_the_end_of_the_route_an_unsure_reading_is_the_best_effort() -> None:
    said = recognized(Engine(FakeReader(0.5))(request()))
    assert (said.text, said.best_effort) == ("Öl", True)


def test_the_surer_reading_of_an_earlier_engine_wins() -> None:
    engine = Engine(FakeReader(0.5))
    best = engine.earlier(reading("rapidocr", 0.7, "Maß"))
    said = recognized(engine(request(best=best)))
    assert (said.engine, said.text, said.confidence, said.best_effort) == ("rapidocr", "Maß", 0.7, True)
    assert said.dataref == best.dataref


def test_the_surer_reading_of_an_earlier_engine_is_what_goes_on() -> None:
    engine = Engine(FakeReader(0.5))
    best = engine.earlier(reading("rapidocr", 0.7, "Maß"))
    assert passed_on(engine(request(best=best, route=("surya",)))).best == best


def test_of_two_that_are_as_sure_the_later_engine_wins() -> None:
    engine = Engine(FakeReader(0.7))
    best = engine.earlier(reading("rapidocr", 0.7, "Maß"))
    assert recognized(engine(request(best=best))).engine == "tesseract"


def test_an_earlier_reading_that_is_gone_is_not_missed() -> None:
    said = recognized(Engine(FakeReader(0.5))(request(best=reference("rapidocr", 0.7))))
    assert said.engine == "tesseract"


@pytest.mark.parametrize(
    "elsewhere", [reference("rapidocr", 0.9, tenant="other"), reference("rapidocr", 0.9, bucket="others")]
)
def test_a_reference_to_what_belongs_to_others_is_unusable(elsewhere: ReadingRef) -> None:
    with pytest.raises(InvalidEvent):
        Engine(FakeReader(0.5))(request(best=elsewhere))


@pytest.mark.parametrize(("limit", "expected"), [(32_768, "ö" * 100), (200, "ö" * 100), (199, None), (0, None)])
def test_a_text_is_carried_up_to_a_number_of_bytes(limit: int, expected: str | None) -> None:
    assert recognized(Engine(FakeReader(text="ö" * 100))(request(), inline=limit)).text == expected


def test_a_page_without_text_has_an_empty_text_and_not_none() -> None:
    assert recognized(Engine(FakeReader(1.0, text=""))(request())).text == ""


@pytest.mark.parametrize(("late", "waiting"), [(4, 4), (-4, 0)])
def test_waiting_is_never_negative_whatever_the_clocks_say(late: float, waiting: float) -> None:
    said = recognized(Engine()(request(), late=late))
    assert said.seconds.waiting == waiting
    assert said.seconds.starting >= 0
    assert said.seconds.reading == 1.5


def test_a_language_that_the_engine_lacks_is_the_next_ones_business() -> None:
    engine = Engine()
    said = passed_on(engine(request(languages=("deu", "ces"), route=("surya",))))
    assert (said.engine, said.best) == ("surya", None)
    assert "ces" in said.why
    assert engine.pages.rendered == 0


def test_a_language_that_no_engine_of_the_route_knows_fails_the_page() -> None:
    said = failed(Engine()(request(languages=("ces",))))
    assert (said.reason, said.engine) == ("unsupported_language", "tesseract")


def test_an_engine_that_breaks_leaves_the_page_to_the_next() -> None:
    said = passed_on(Engine(FakeReader(problem=RuntimeError("secret text")))(request(route=("surya",))))
    assert said.engine == "surya"
    assert "secret" not in said.why


def test_an_engine_that_breaks_at_the_end_of_the_route_leaves_the_best_so_far() -> None:
    engine = Engine(FakeReader(problem=RuntimeError()))
    best = engine.earlier(reading("rapidocr", 0.7, "Maß"))
    said = recognized(engine(request(best=best)))
    assert (said.engine, said.text, said.best_effort) == ("rapidocr", "Maß", True)


class Misplacing(FakeReader):
    """Does not say where its line stands."""

    def read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        line = Line(text="Öl", box=(0, 0, 9, 9)).model_copy(update={"box": None})
        return super().read(image, languages).model_copy(update={"lines": (line,)})


def test_an_engine_whose_answer_cannot_be_placed_leaves_the_page_to_the_next() -> None:
    said = passed_on(Engine(Misplacing())(request(route=("rapidocr",))))
    assert said.engine == "rapidocr"
    assert said.spent["tesseract"] > 0


def test_an_engine_that_breaks_with_nothing_to_fall_back_on_fails_the_page() -> None:
    said = failed(Engine(FakeReader(problem=RuntimeError("secret text")))(request()))
    assert said.reason == "engine_failed"
    assert "secret" not in said.message


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        ("damaged_pdf", "damaged_page"),
        ("damaged_image", "damaged_page"),
        ("damaged_page", "damaged_page"),
        ("password_required", "damaged_page"),
        ("document_gone", "document_gone"),
        ("document_changed", "document_changed"),
        ("image_too_large", "image_too_large"),
        ("took_too_long", "took_too_long"),
        ("too_much_memory", "too_much_memory"),
        ("crashed", "crashed"),
        ("whatever a job makes up", "crashed"),
    ],
)
def test_a_page_that_cannot_be_rendered_fails_at_once(problem: str, reason: str) -> None:
    engine = Engine(pages=FakePages(DocumentProblem(problem, "It is broken.")))
    said = failed(engine(request(route=("surya",))))
    assert (said.reason, said.message) == (reason, "It is broken.")


def test_a_document_that_is_gone_leaves_the_best_so_far() -> None:
    engine = Engine(pages=FakePages(DocumentProblem("document_gone", "gone")))
    best = engine.earlier(reading("rapidocr", 0.7, "Maß"))
    assert recognized(engine(request(best=best, route=("surya",)))).text == "Maß"


@pytest.mark.parametrize("where", ["pages", "reader"])
def test_what_is_only_down_is_tried_again(where: str) -> None:
    down = Unavailable("down")
    engine = Engine(pages=FakePages(down)) if where == "pages" else Engine(FakeReader(problem=down))
    with pytest.raises(Unavailable):
        engine(request(route=("surya",)))
    assert engine.storage.readings() == []
