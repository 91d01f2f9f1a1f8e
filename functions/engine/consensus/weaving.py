"""Lines with some of their words replaced, and with words that another reading alone has, where these belong."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from functions.engine.consensus.tokens import Token
from functions.engine.consensus.voting import Side, Vote
from functions.reading.boxes import around
from functions.reading.reading import Line, Word

#: What stands for a word, by the word's number: nothing, itself, or others.
_Replaced = Mapping[int, Sequence[Token]]


def woven(lines: Sequence[Line], surer: Side, other: Side, votes: Sequence[Vote]) -> list[Line]:
    """The lines of the surer reading as was voted, and those that the other one alone has.

    Lines in which nothing changes are the same, and lines of which nothing is left are gone.
    """
    rows, before = _rows(surer, _replaced(surer, other, votes)), _rows(surer, {})
    added = [token for one in votes if one.taken and not one.pair.first for token in other.those(one.pair.second)]
    apart = _put_in(lines, rows, added)
    made = [
        line if rows[number] == before[number] else _line(line, rows[number])
        for number, line in enumerate(lines)
        if rows[number] or not before[number]
    ]
    return [*made, *_new(apart)]


def rewritten(surer: Side, other: Side, votes: Sequence[Vote]) -> str:
    """The same of a text without lines."""
    rows = _rows(surer, _replaced(surer, other, votes))
    last = max((token.row for token in surer.tokens), default=0)
    return "\n".join(" ".join(token.text for token in rows[row]) for row in range(last + 1))


def _replaced(surer: Side, other: Side, votes: Sequence[Vote]) -> _Replaced:
    """The other's words for the first of a pair, nothing for the rest."""
    replaced: dict[int, Sequence[Token]] = {}
    for one in votes:
        if one.pair.first and one.taken != surer.said(one.pair.first):
            replaced |= dict.fromkeys(one.pair.first, ())
            replaced[one.pair.first[0]] = _in_place(surer.those(one.pair.first), other.those(one.pair.second))
    return replaced


def _in_place(old: Sequence[Token], new: Sequence[Token]) -> Sequence[Token]:
    """Words without places get the place of what they replace, or the whole line would lose its words."""
    stood = [token.word.box for token in old if token.word]
    if not stood or all(token.word for token in new):
        return new
    text, sure = " ".join(token.text for token in new), min(token.confidence for token in new)
    return [replace(new[0], text=text, word=Word(text=text, box=around(stood), confidence=sure))]


def _rows(side: Side, replaced: _Replaced) -> defaultdict[int, list[Token]]:
    rows: defaultdict[int, list[Token]] = defaultdict(list)
    for number, token in enumerate(side.tokens):
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
        yield Line(text=" ".join(token.text for token in tokens), box=around(word.box for word in words), words=words)
