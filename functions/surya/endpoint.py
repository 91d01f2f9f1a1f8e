"""Client of Surya's model at an OpenAI-compatible endpoint of vLLM or llama.cpp, which the operator starts."""

import base64
import io
import math
import time
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import httpx
import openai
from openai.types.chat import ChatCompletion
from PIL import Image

from functions.runtime.errors import StartupError, Unavailable
from functions.runtime.log import get_logger
from functions.surya.inference import ModelRequest, ModelResponse, SendRequest
from functions.surya.settings import SuryaSettings
from functions.surya.slow_pages import PageTooSlow

log = get_logger()

#: With these status codes, the endpoint refuses a page permanently. After any other error, a retry may succeed.
_REFUSED_STATUS = {400, 413, 415, 422}
#: Seconds between two health checks while the endpoint starts.
_RETRY_SECONDS = 2.0
_HEALTH_CHECK_SECONDS = 10.0
#: Maximum seconds for the response to a small test request. An endpoint with free capacity responds in less time.
_PROBE_SECONDS = 5.0
_PROBE = ModelRequest(Image.new("RGB", (64, 64), "white"), "OCR this block image to HTML.", max_tokens=1)
#: A proxy returns this status if the endpoint did not answer in time.
_GATEWAY_TIMEOUT = 504
#: Surya itself uses this value, which makes the output nearly deterministic.
_TOP_P = 0.1
#: vLLM's finish reasons for texts that vLLM aborted, for example during its shutdown.
_ABORT_REASONS = {"abort", "error"}
#: A token with a lower probability is uncertain.
_UNCERTAIN_PROBABILITY = 0.5


class PageRefused(Exception):  # noqa: N818  # the name is the state of the page
    """An error about a page that the endpoint refuses permanently."""


class ModelEndpoint:
    """A client of the endpoint for several threads. The endpoint batches their requests."""

    def __init__(self, settings: SuryaSettings) -> None:
        key = settings.surya_inference_key
        self._url, self._model = str(settings.surya_inference_url).rstrip("/"), settings.model_id
        self._page_seconds = settings.surya_timeout_seconds
        self._probe_seconds = min(_PROBE_SECONDS, (settings.deadline_seconds - self._page_seconds) / 2)
        # The client does not retry: the source has a retry budget, with pauses between attempts.
        self._client = openai.OpenAI(
            base_url=self._url, api_key=key.get_secret_value() if key else "none", max_retries=0
        )

    def wait_until_ready(self) -> None:
        """Wait until the endpoint is healthy and has the model. Raise StartupError if it has another model."""
        while True:
            try:
                return self._check_health()
            except (Unavailable, PageRefused):
                log.warning("endpoint.unavailable")
                time.sleep(_RETRY_SECONDS)

    def start_page(self) -> SendRequest:
        """Return the function that sends the requests of one page, which share one time limit.

        The function raises PageRefused if the endpoint refuses the page, and Unavailable if the endpoint is down or
        overloaded. If the time limit is reached although the endpoint has free capacity, it raises PageTooSlow. The
        capacity is checked once per page, after the time limit.
        """
        return partial(self._send_before, time.monotonic() + self._page_seconds, cache(self._has_capacity))

    def _send_before(self, deadline: float, has_capacity: Callable[[], bool], request: ModelRequest) -> ModelResponse:
        """Return the response to a request. Raise an error at `deadline`, which is a time of `time.monotonic`."""
        seconds = deadline - time.monotonic()
        try:
            if seconds > 0:
                return self._complete(request, seconds)
        except openai.APIError as error:
            if not _is_response_timeout(error):
                raise _convert_error(error) from error
        if has_capacity():
            raise PageTooSlow("the endpoint was too slow for the page")
        raise Unavailable("the endpoint of Surya's model is overloaded or slow")

    def _has_capacity(self) -> bool:
        """Return whether the endpoint answers a small request. Its health check also succeeds if its queue is full."""
        try:
            self._complete(_PROBE, self._probe_seconds)
        except (openai.APIError, Unavailable):
            return False
        return True

    def _complete(self, request: ModelRequest, seconds: float) -> ModelResponse:
        completion = self._client.chat.completions.create(**self._build_body(request), timeout=seconds)
        return _parse_completion(completion)

    def _check_health(self) -> None:
        try:
            health = self._url.removesuffix("/v1") + "/health"
            self._client.get(health, cast_to=httpx.Response, options={"timeout": _HEALTH_CHECK_SECONDS})
            served_models = [model.id for model in self._client.models.list(timeout=_HEALTH_CHECK_SECONDS)]
        except openai.APIError as error:
            raise _convert_error(error) from error
        if self._model not in served_models:
            raise StartupError(
                f"MODEL_ID: the endpoint at SURYA_INFERENCE_URL does not serve {self._model}. It serves:"
                f" {', '.join(served_models)}."
            )

    def _build_body(self, request: ModelRequest) -> dict[str, Any]:
        body = {
            "model": self._model,
            "messages": [{"role": "user", "content": _build_content(request)}],
            "max_tokens": request.max_tokens,
            "temperature": 0.0,
            "top_p": _TOP_P,
            "logprobs": True,
        }
        if request.schema:
            schema = {"name": "answer", "schema": request.schema, "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return body


def _is_response_timeout(error: openai.APIError) -> bool:
    """Return whether the endpoint accepted the request but did not answer in time. A connect timeout does not count."""
    if isinstance(error, openai.APIStatusError):
        return bool(error.status_code == _GATEWAY_TIMEOUT)
    return isinstance(error.__cause__, httpx.ReadTimeout)


def _convert_error(error: openai.APIError) -> Exception:
    if isinstance(error, openai.APIStatusError) and error.status_code in _REFUSED_STATUS:
        return PageRefused(f"the endpoint answered {error.status_code}")
    return Unavailable("the endpoint of Surya's model is down, overloaded or slow")


def _build_content(request: ModelRequest) -> list[dict[str, Any]]:
    png = io.BytesIO()
    request.image.save(png, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"
    return [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": request.prompt}]


def _parse_completion(completion: ChatCompletion) -> ModelResponse:
    """Return the response. Raise Unavailable, so that it is retried, if the endpoint aborted it or a proxy sent it."""
    choices = getattr(completion, "choices", None)
    if not choices or choices[0].finish_reason in _ABORT_REASONS:
        raise Unavailable("the endpoint of Surya's model gave no complete answer")
    choice = choices[0]
    tokens = choice.logprobs.content if choice.logprobs else None
    probabilities = [math.exp(token.logprob) for token in tokens or ()]
    uncertain_count = sum(probability < _UNCERTAIN_PROBABILITY for probability in probabilities)
    return ModelResponse(
        text=choice.message.content or "",
        probability=sum(probabilities) / len(probabilities) if probabilities else None,
        uncertain_share=uncertain_count / len(probabilities) if probabilities else None,
        token_count=completion.usage.completion_tokens if completion.usage else len(probabilities),
        is_cut_off=choice.finish_reason != "stop",
    )
