"""The requests that Surya sends to its model, and the responses: an image and a prompt, and a text."""

from collections.abc import Callable
from typing import Any, NamedTuple


class ModelRequest(NamedTuple):
    """A prompt about a PIL image that has the model's size.

    The response has at most `max_tokens`, and matches the JSON schema if there is one.
    """

    image: Any
    prompt: str
    max_tokens: int
    schema: dict[str, Any] | None = None


class ModelResponse(NamedTuple):
    """The text of a response.

    `probability` is the mean of the probabilities of its tokens. `uncertain_share` is the share of tokens with a
    probability below 0.5. Both are None if an endpoint returns no probabilities. `is_cut_off` is true if the text does
    not end with an end token.
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


#: Sends a request to the model. Raises Unavailable, and errors of this request alone.
SendRequest = Callable[[ModelRequest], ModelResponse]
