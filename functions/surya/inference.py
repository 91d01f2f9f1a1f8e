"""Requests that Surya sends to its model (an image and a prompt), and responses (a text)."""

from collections.abc import Callable
from typing import Any, NamedTuple


class ModelRequest(NamedTuple):
    """A prompt about a PIL image, which is scaled for the model.

    The response has at most `max_tokens` tokens, and matches the JSON `schema` unless it is None.
    """

    image: Any
    prompt: str
    max_tokens: int
    schema: dict[str, Any] | None = None


class ModelResponse(NamedTuple):
    """The text of a response.

    `probability` is the mean of the probabilities of its tokens. `uncertain_share` is the share of tokens with a
    probability below 0.5. Both are None if an endpoint returns no probabilities. `is_cut_off` is true if the model
    did not finish the text.
    """

    text: str
    probability: float | None
    uncertain_share: float | None
    token_count: int
    is_cut_off: bool

    @property
    def confidence(self) -> float | None:
        """The mean probability, or 0 for a text that was cut off: the missing part has an unknown length."""
        return 0.0 if self.is_cut_off else self.probability


#: Sends a request to the model. Raises Unavailable if a retry may succeed, and other errors if the model cannot answer.
SendRequest = Callable[[ModelRequest], ModelResponse]
