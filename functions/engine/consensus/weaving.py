"""Lines with some of their words replaced, and with words that another reading alone has, where these belong."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from functions.engine.consensus.tokens import Token, around
from functions.runtime.reading import Line

#: What stands for a word, by the word's number: nothing, itself, or others.
Replaced = Mapping[int, Sequence[Token]]


def woven(lines: Sequence[Line], own: Sequence[Token], replaced: Replaced, added: Sequence[Token]) -> list[Line]:
    """The lines that the words of `own` stand in, and words to add, which have places: in these lines, or as new ones.

    Lines in which nothing changes are the same, and lines of which nothing is left are gone.
    """
    rows = _rows(own, replaced)
    apart = _put_in(lines, rows, added)
    before = _rows(own, {})
    made = [
        line if rows[number] == before[number] else _line(line, rows[number])
        for number, line in enumerate(lines)
        if rows[number] or not before[number]
    ]
    return [*made, *_new(apart)]


def rewritten(own: Sequence[Token], replaced: Replaced) -> str:
    """The same of a text without lines."""
    rows = _rows(own, replaced)
    last = max((token.row for token in own), default=0)
    return "\n".join(" ".join(token.text for token in rows[row]) for row in range(last + 1))


def _rows(own: Sequence[Token], replaced: Replaced) -> defaultdict[int, list[Token]]:
    rows: defaultdict[int, list[Token]] = defaultdict(list)
    for number, token in enumerate(own):
        rows[token.row] += replaced.get(number, (token,))
    return rows


def _put_in(lines: Sequence[Line], rows: Mapping[int, list[Token]], added: Sequence[Token]) -> list[Token]:
    """Words go into the line that they lie in, from left to right; returns those that lie in none."""
    apart = []
    for token in added:
        row = next((number for number, line in enumerate(lines) if _lies_in(token, line)), None)
        if row is None or not all(other.word for other in rows[row]):
            apart.append(token)
        else:
            place = sum(_middle(other) < _middle(token) for other in rows[row])
            rows[row].insert(place, token)
    return apart


def _lies_in(token: Token, line: Line) -> bool:
    left, top, right, bottom = token.word.box if token.word else (0, 0, 0, 0)
    across, down = (left + right) / 2, (top + bottom) / 2
    return line.box[0] <= across <= line.box[2] and line.box[1] <= down <= line.box[3]


def _middle(token: Token) -> float:
    return (token.word.box[0] + token.word.box[2]) / 2 if token.word else 0.0


def _line(line: Line, tokens: Sequence[Token]) -> Line:
    """Its place is where it was; its words are known where all of them have places."""
    words = tuple(token.word for token in tokens if token.word)
    text = " ".join(token.text for token in tokens)
    return line.model_copy(update={"text": text, "words": words if len(words) == len(tokens) else ()})


def _new(apart: Sequence[Token]) -> Iterator[Line]:
    """Words of one line of the other reading are one line."""
    rows: defaultdict[int, list[Token]] = defaultdict(list)
    for token in apart:
        rows[token.row].append(token)
    for tokens in rows.values():
        words = tuple(token.word for token in tokens if token.word)
        yield Line(text=" ".join(token.text for token in tokens), box=around(words), words=words)
