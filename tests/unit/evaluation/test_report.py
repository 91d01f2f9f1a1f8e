"""Tests of the report: one HTML file without scripts and without references to other hosts."""

import base64
import hashlib
import re
from collections.abc import Sequence
from html import escape
from html.parser import HTMLParser

from local.evaluation.report import render_report
from local.evaluation.runs import ORACLE, EvaluationRun
from local.evaluation.scores import EvaluatedPage, FileReading, FileScore, score_file

HOSTILE = "<script>alert(1)</script><img src=http://example.com/x onerror=alert(2)>"


class Tags(HTMLParser):
    """A parser that collects every tag with its attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def score_page(file: str, truth: str, text: str) -> FileScore:
    page = EvaluatedPage(
        page=1,
        state="recognized",
        engine="tesseract",
        why=HOSTILE,
        confidence=0.8,
        best_effort=False,
        route=("tesseract",),
        waiting=0.0,
        starting=0.0,
        reading=1.0,
        others=None,
    )
    return score_file(
        FileReading(
            file=file, document="id", state="completed", is_completed=True, reason=None, text=text, pages=(page,)
        ),
        truth,
    )


def render_no_images(_: FileScore, __: int) -> Sequence[str]:
    return []


def render(*scores: FileScore) -> str:
    return "".join(render_report("Letters", [EvaluationRun("routed", scores)], None, render_no_images))


def test_text_of_documents_is_escaped() -> None:
    html = render(score_page(f"{HOSTILE}.png", HOSTILE, f"{HOSTILE} more"))

    parsed = Tags(html)
    assert {tag for tag, _ in parsed.tags} & {"script", "img", "iframe", "link", "object", "form", "base"} == set()
    assert not any(name.startswith("on") or name == "style" for _, attributes in parsed.tags for name in attributes)
    assert parsed.text.count("alert(1)") >= 3


def test_policy_allows_only_own_style_and_embedded_images() -> None:
    html = render(score_page("a.png", "a", "b"))

    [policy] = [
        value["content"] for tag, value in Tags(html).tags if tag == "meta" and "content-security" in str(value).lower()
    ]
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy == f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'"
    assert "://" not in html.replace(escape(HOSTILE), "")


def test_files_are_sorted_worst_first_and_linked() -> None:
    html = render(
        score_page("good.png", "abc", "abc"), score_page("bad.png", "abc", "xyz"), score_page("fair.png", "abc", "abx")
    )

    parsed = Tags(html)
    links = [attributes["href"] for tag, attributes in parsed.tags if tag == "a"]
    ids = [attributes["id"] for tag, attributes in parsed.tags if tag == "section"]
    assert links == [f"#{name}" for name in ids]
    assert parsed.text.index("bad.png") < parsed.text.index("fair.png") < parsed.text.index("good.png")


def test_errors_are_marked_in_the_text() -> None:
    html = render(score_page("a.png", "Größe der Post\nEnde", "GroBe der Post\nEnde"))

    assert "Gr<del>öß</del><ins>oB</ins>e der Post\nEnde" in html


def test_number_of_images_is_limited() -> None:
    requested = []

    def render_images(_: FileScore, limit: int) -> list[str]:
        requested.append(limit)
        return ["QUJD"] * limit

    scores = tuple(score_page(f"{number}.png", "a", "b") for number in range(50))
    html = "".join(render_report("Letters", [EvaluationRun("routed", scores)], None, render_images))

    assert html.count('src="data:image/jpeg;base64,QUJD"') == sum(requested) == 200
    assert html.count("The pages cannot be rendered.") == 10


def test_first_table_has_every_run_and_the_oracle() -> None:
    runs = [
        EvaluationRun(name, (score_page("a.png", "abc", text),))
        for name, text in (("routed", "abx"), ("rapidocr", "abc"))
    ]

    html = "".join(render_report("Letters", runs, EvaluationRun(ORACLE, runs[1].scores), render_no_images))

    first = html[html.index("<table>") : html.index("</table>")]
    assert re.findall(r"<tr><td>(.*?)</td>", first) == ["routed", "rapidocr", ORACLE]
    assert "CER(rapidocr)" in html
