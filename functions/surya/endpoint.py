"""Surya's model behind an endpoint like OpenAI's, of vLLM or llama.cpp. It is somebody else's to start."""

import base64
import io
import math
import time
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import httpx
import openai
import structlog
from openai.types.chat import ChatCompletion
from PIL import Image

from functions.runtime.errors import Unavailable, Unstartable
from functions.surya.questions import Answer, Ask, Question
from functions.surya.settings import SuryaSettings
from functions.surya.slow import TooSlow

log = structlog.get_logger()

#: It refuses this page and would refuse it again; all else may pass, or be put right by whoever runs the endpoint.
_REFUSED = {400, 413, 415, 422}
#: Between one look and the next, while it is starting: seconds.
_PAUSE = 2.0
_LOOK_SECONDS = 10.0
#: An endpoint that has room answers a little question in this time, as long as the deadline leaves it.
_LITTLE_SECONDS = 5.0
_LITTLE = Question(Image.new("RGB", (64, 64), "white"), "OCR this block image to HTML.", max_tokens=1)
#: A proxy's word for an answer that did not come in time.
_GATEWAY_TIMEOUT = 504
#: As Surya asks: hardly any chance.
_TOP_P = 0.1
#: vLLM's words for a text that it gave up on its own account, as when it is shut down.
_GIVEN_UP = {"abort", "error"}
_UNSURE = 0.5


class Refused(Exception):  # noqa: N818  # it names the state of the page
    """The endpoint does not take this page."""


class Endpoint:
    """Asked by several threads at a time. It batches on its own side."""

    def __init__(self, settings: SuryaSettings) -> None:
        key = settings.surya_inference_key
        self._url, self._model = str(settings.surya_inference_url).rstrip("/"), settings.model_id
        self._seconds = settings.surya_timeout_seconds
        self._little_seconds = min(_LITTLE_SECONDS, (settings.deadline_seconds - self._seconds) / 2)
        # No retries here: the source has a budget for them, and waits in between.
        self._client = openai.OpenAI(
            base_url=self._url, api_key=key.get_secret_value() if key else "none", max_retries=0
        )

    def wait(self) -> None:
        """Until it is well and has the model. Raises Unstartable when it has another one."""
        while True:
            try:
                return self._look()
            except (Unavailable, Refused):
                log.warning("endpoint.unavailable")
                time.sleep(_PAUSE)

    def page(self) -> Ask:
        """Raises Refused, TooSlow when only the page as a whole takes too long, Unavailable when it is down or full.

        Whether it has room is asked when the page's time is up, and then told to all its questions that are left.
        """
        return partial(self._ask, time.monotonic() + self._seconds, cache(self._has_room))

    def _ask(self, until: float, has_room: Callable[[], bool], question: Question) -> Answer:
        left = until - time.monotonic()
        try:
            if left > 0:
                return self._answered(question, left)
        except openai.APIError as error:
            if not _is_late(error):
                raise _meaning(error) from error
        if has_room():
            raise TooSlow("the endpoint was too slow for the page")
        raise Unavailable("the endpoint of Surya's model is overloaded or slow")

    def _has_room(self) -> bool:
        """Its health would not tell: a server whose queue is full is well."""
        try:
            self._answered(_LITTLE, self._little_seconds)
        except (openai.APIError, Unavailable):
            return False
        return True

    def _answered(self, question: Question, seconds: float) -> Answer:
        return _answer(self._client.chat.completions.create(**self._request(question), timeout=seconds))

    def _look(self) -> None:
        try:
            health = self._url.removesuffix("/v1") + "/health"
            self._client.get(health, cast_to=httpx.Response, options={"timeout": _LOOK_SECONDS})
            served = [model.id for model in self._client.models.list(timeout=_LOOK_SECONDS)]
        except openai.APIError as error:
            raise _meaning(error) from error
        if self._model not in served:
            raise Unstartable(f"MODEL_ID: {self._model} is not at SURYA_INFERENCE_URL; there: {', '.join(served)}.")

    def _request(self, question: Question) -> dict[str, Any]:
        request = {
            "model": self._model,
            "messages": [{"role": "user", "content": _content(question)}],
            "max_tokens": question.max_tokens,
            "temperature": 0.0,
            "top_p": _TOP_P,
            "logprobs": True,
        }
        if question.schema:
            schema = {"name": "answer", "schema": question.schema, "strict": True}
            request["response_format"] = {"type": "json_schema", "json_schema": schema}
        return request


def _is_late(error: openai.APIError) -> bool:
    """Whether it took the question, and the answer did not come in time. To connect may take too long as well."""
    if isinstance(error, openai.APIStatusError):
        return error.status_code == _GATEWAY_TIMEOUT
    return isinstance(error.__cause__, httpx.ReadTimeout)


def _meaning(error: openai.APIError) -> Exception:
    if isinstance(error, openai.APIStatusError) and error.status_code in _REFUSED:
        return Refused(f"the endpoint answered {error.status_code}")
    return Unavailable("the endpoint of Surya's model is down, overloaded or slow")


def _content(question: Question) -> list[dict[str, Any]]:
    png = io.BytesIO()
    question.picture.save(png, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"
    return [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": question.prompt}]


def _answer(completion: ChatCompletion) -> Answer:
    """Raises Unavailable for what is no answer, as of a proxy before it; half a text must not pass for a whole one."""
    choices = getattr(completion, "choices", None)
    if not choices or choices[0].finish_reason in _GIVEN_UP:
        raise Unavailable("the endpoint of Surya's model gave no answer")
    choice = choices[0]
    told = choice.logprobs.content if choice.logprobs else None
    chances = [math.exp(token.logprob) for token in told or ()]
    return Answer(
        text=choice.message.content or "",
        probability=sum(chances) / len(chances) if chances else None,
        unsure=sum(chance < _UNSURE for chance in chances) / len(chances) if chances else None,
        tokens=completion.usage.completion_tokens if completion.usage else len(chances),
        cut=choice.finish_reason != "stop",
    )
