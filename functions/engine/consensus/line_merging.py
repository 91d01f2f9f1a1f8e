"""Apply votes to the lines of the primary reading: replace words, and insert words that only the secondary has."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from functions.engine.consensus.tokenization import Token, TokenizedReading
from functions.engine.consensus.voting import Vote
from functions.reading.boxes import enclose_boxes
from functions.reading.reading import Box, Line, Word

#: The new tokens by the index of the token that they replace. An empty sequence removes the token.
_Replacements = Mapping[int, Sequence[Token]]


def merge_lines(
    lines: Sequence[Line], primary: TokenizedReading, secondary: TokenizedReading, votes: Sequence[Vote]
) -> list[Line]:
    """Return the lines of the primary reading after the votes, then new lines with words of the secondary reading.

    Unchanged lines stay the same objects. A line is removed if the votes remove all its words.
    """
    new_rows, old_rows = (
        _group_by_row(primary, _collect_replacements(primary, secondary, votes)),
        _group_by_row(primary, {}),
    )
    inserted = [
        token
        for vote in votes
        if vote.taken and not vote.pair.first
        for token in secondary.select_tokens(vote.pair.second)
    ]
    outside_tokens = _insert_tokens(lines, new_rows, inserted)
    merged_lines = [
        line if new_rows[index] == old_rows[index] else _update_line(line, new_rows[index])
        for index, line in enumerate(lines)
        if new_rows[index] or not old_rows[index]
    ]
    return [*merged_lines, *_build_lines(outside_tokens)]


def merge_text(primary: TokenizedReading, secondary: TokenizedReading, votes: Sequence[Vote]) -> str:
    """Return the text of a primary reading after the votes. The reading has a text but no lines."""
    rows = _group_by_row(primary, _collect_replacements(primary, secondary, votes))
    last = max((token.row for token in primary.tokens), default=0)
    return "\n".join(" ".join(token.text for token in rows[row]) for row in range(last + 1))


def find_line(box: Box, lines: Sequence[Line]) -> int | None:
    """Return the index of the first line that contains the center of the box, or None."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return next((index for index, line in enumerate(lines) if _contains(line.box, x, y)), None)


def _contains(box: Box, x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _collect_replacements(
    primary: TokenizedReading, secondary: TokenizedReading, votes: Sequence[Vote]
) -> _Replacements:
    """Return the replacements for pairs in which the primary text lost the vote.

    The secondary tokens replace the first primary token of the pair. The other primary tokens are removed.
    """
    replacements: dict[int, Sequence[Token]] = {}
    for vote in votes:
        indexes = vote.pair.first
        if indexes and vote.taken != primary.join_text(indexes):
            replacements |= dict.fromkeys(indexes, ())
            replacements[indexes[0]] = _keep_position(
                primary.select_tokens(indexes), secondary.select_tokens(vote.pair.second)
            )
    return replacements


def _keep_position(old: Sequence[Token], new: Sequence[Token]) -> Sequence[Token]:
    """Return the new tokens. If a new token has no position, return one token at the position of the old tokens.

    Otherwise the line would lose its words, because a line has words only if all of them have positions.
    """
    boxes = [token.word.box for token in old if token.word]
    if not boxes or all(token.word for token in new):
        return new
    text, confidence = " ".join(token.text for token in new), min(token.confidence for token in new)
    return [replace(new[0], text=text, word=Word(text=text, box=enclose_boxes(boxes), confidence=confidence))]


def _group_by_row(reading: TokenizedReading, replacements: _Replacements) -> defaultdict[int, list[Token]]:
    """Return the tokens of each row after the replacements."""
    rows: defaultdict[int, list[Token]] = defaultdict(list)
    for index, token in enumerate(reading.tokens):
        rows[token.row] += replacements.get(index, (token,))
    return rows


def _insert_tokens(lines: Sequence[Line], rows: Mapping[int, list[Token]], tokens: Sequence[Token]) -> list[Token]:
    """Insert each token into the row of the line that contains it. Rows are ordered from left to right.

    Return the tokens that are not inserted: they are outside of all lines, or their row has a token without a position.
    """
    outside_tokens = []
    for token in tokens:
        row = find_line(token.word.box if token.word else (0, 0, 0, 0), lines)
        if row is None or not all(other.word for other in rows[row]):
            outside_tokens.append(token)
        else:
            index = sum(_get_center_x(other) < _get_center_x(token) for other in rows[row])
            rows[row].insert(index, token)
    return outside_tokens


def _get_center_x(token: Token) -> float:
    return (token.word.box[0] + token.word.box[2]) / 2 if token.word else 0.0


def _update_line(line: Line, tokens: Sequence[Token]) -> Line:
    """Return the line with new text and the old box. The line has words only if all words have positions."""
    words = tuple(token.word for token in tokens if token.word)
    text = " ".join(token.text for token in tokens)
    return line.model_copy(update={"text": text, "words": words if len(words) == len(tokens) else ()})


def _build_lines(tokens: Sequence[Token]) -> Iterator[Line]:
    """Yield new lines. Tokens from one line of the secondary reading become one line."""
    rows: defaultdict[int, list[Token]] = defaultdict(list)
    for token in tokens:
        rows[token.row].append(token)
    for row in rows.values():
        words = tuple(token.word for token in row if token.word)
        yield Line(
            text=" ".join(token.text for token in row), box=enclose_boxes(word.box for word in words), words=words
        )
