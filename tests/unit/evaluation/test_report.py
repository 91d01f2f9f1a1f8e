"""A report is one file that runs nothing and asks nobody."""

import base64
import hashlib
import re
from collections.abc import Sequence
from html import escape
from html.parser import HTMLParser

from local.evaluation.report import report
from local.evaluation.runs import ORACLE, Run
from local.evaluation.scores import Page, Read, Score, judged

HOSTILE = "<script>alert(1)</script><img src=http://example.com/x onerror=alert(2)>"


class Tags(HTMLParser):
    """Every tag with its attributes, and what is text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def score(file: str, truth: str, text: str) -> Score:
    page = Page(
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
    return judged(
        Read(file=file, document="id", state="completed", completed=True, reason=None, text=text, pages=(page,)), truth
    )


def no_pictures(_: Score, __: int) -> Sequence[str]:
    return []


def made(*scores: Score) -> str:
    return "".join(report("Letters", [Run("routed", scores)], None, no_pictures))


def test_what_strangers_wrote_is_text_and_nothing_else() -> None:
    html = made(score(f"{HOSTILE}.png", HOSTILE, f"{HOSTILE} more"))

    found = Tags(html)
    assert {tag for tag, _ in found.tags} & {"script", "img", "iframe", "link", "object", "form", "base"} == set()
    assert not any(name.startswith("on") or name == "style" for _, attributes in found.tags for name in attributes)
    assert found.text.count("alert(1)") >= 3


def test_its_policy_forbids_everything_but_its_own_style_and_embedded_pictures() -> None:
    html = made(score("a.png", "a", "b"))

    [policy] = [
        value["content"] for tag, value in Tags(html).tags if tag == "meta" and "content-security" in str(value).lower()
    ]
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy == f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'"
    assert "://" not in html.replace(escape(HOSTILE), "")


def test_the_worst_file_comes_first_and_a_table_leads_to_it() -> None:
    html = made(score("good.png", "abc", "abc"), score("bad.png", "abc", "xyz"), score("fair.png", "abc", "abx"))

    found = Tags(html)
    links = [attributes["href"] for tag, attributes in found.tags if tag == "a"]
    places = [attributes["id"] for tag, attributes in found.tags if tag == "section"]
    assert links == [f"#{place}" for place in places]
    assert found.text.index("bad.png") < found.text.index("fair.png") < found.text.index("good.png")


def test_mistakes_are_marked_in_the_text() -> None:
    html = made(score("a.png", "Größe der Post\nEnde", "GroBe der Post\nEnde"))

    assert "Gr<del>öß</del><ins>oB</ins>e der Post\nEnde" in html


def test_pictures_stand_beside_the_text_until_there_are_too_many() -> None:
    asked = []

    def pictures(_: Score, most: int) -> list[str]:
        asked.append(most)
        return ["QUJD"] * most

    scores = tuple(score(f"{number}.png", "a", "b") for number in range(50))
    html = "".join(report("Letters", [Run("routed", scores)], None, pictures))

    assert html.count('src="data:image/jpeg;base64,QUJD"') == sum(asked) == 200
    assert html.count("No picture of it can be shown here.") == 10


def test_every_run_and_the_best_of_each_file_are_in_the_first_table() -> None:
    runs = [Run(name, (score("a.png", "abc", text),)) for name, text in (("routed", "abx"), ("rapidocr", "abc"))]

    html = "".join(report("Letters", runs, Run(ORACLE, runs[1].scores), no_pictures))

    first = html[html.index("<table>") : html.index("</table>")]
    assert re.findall(r"<tr><td>(.*?)</td>", first) == ["routed", "rapidocr", ORACLE]
    assert "CER(rapidocr)" in html
