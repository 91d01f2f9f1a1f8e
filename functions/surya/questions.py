"""What Surya asks its model, and what the model answers: a picture and a prompt, and text."""

from collections.abc import Callable
from typing import Any, NamedTuple


class Question(NamedTuple):
    """`picture` is of PIL, scaled as the model wants it; the answer has `max_tokens` at most, and suits `schema`."""

    picture: Any
    prompt: str
    max_tokens: int
    schema: dict[str, Any] | None = None


class Answer(NamedTuple):
    """`probability` is the mean over its tokens, and `unsure` the share of those less likely than all others together.

    Both are None where an endpoint does not tell. `cut`: it did not come to its end.
    """

    text: str
    probability: float | None
    unsure: float | None
    tokens: int
    cut: bool

    @property
    def confidence(self) -> float | None:
        """Nobody knows how much is missing of a text that was cut off."""
        return 0.0 if self.cut else self.probability


#: Asks the model. Raises Unavailable, and what is wrong with this question alone.
Ask = Callable[[Question], Answer]
