"""An HTTP endpoint with Surya's model on a real port, and readers that use it."""

import base64
import io
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, Response, jsonify, request
from PIL import Image
from werkzeug.serving import make_server

from functions.surya.inference import ModelRequest, ModelResponse, SendRequest
from functions.surya.reader import Surya
from functions.surya.settings import SuryaSettings
from tests.checkpoints.device import DEVICE_SETTINGS
from tests.checkpoints.lines import MODELS_DIR

TINY = MODELS_DIR / "surya"
#: The name of the model at the endpoint.
MODEL = "datalab-to/surya-ocr-2"
#: Enough for the response about a table, and few enough for a fast test.
TOKENS = 160


def make_settings(**given: Any) -> SuryaSettings:
    defaults: dict[str, Any] = {
        "kafka_bootstrap_servers": "nowhere:9092",
        "max_new_tokens": TOKENS,
        **DEVICE_SETTINGS,
    }
    return SuryaSettings(**(defaults | given))


def load_reader(**given: Any) -> Surya:
    reader = Surya(make_settings(**given))
    reader.load()
    return reader


def make_endpoint_settings(url: str, **given: Any) -> SuryaSettings:
    """Return settings for the endpoint at this address."""
    return make_settings(surya_mode="http", surya_inference_url=url, **given)


def build_endpoint(send: SendRequest, *, model: str = MODEL, probabilities: bool = True) -> Flask:
    """Return an app that answers like vLLM and llama.cpp. It refuses a request for which `send` raises ValueError."""
    app = Flask("endpoint")

    @app.get("/health")
    def get_health() -> Response:
        return Response(status=200)

    @app.get("/v1/models")
    def list_models() -> Response:
        return jsonify(object="list", data=[{"id": model, "object": "model", "created": 0, "owned_by": "us"}])

    @app.post("/v1/chat/completions")
    def create_completion() -> tuple[Response, int] | Response:
        try:
            response = send(_parse_request(request.get_json()))
        except ValueError:
            return jsonify(error={"message": "not this picture"}), 400
        return jsonify(_build_completion(response, probabilities=probabilities))

    return app


@contextmanager
def serve(app: Flask, port: int = 0) -> Iterator[str]:
    """Serve the app and yield the URL of its API."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()


def record_requests(send: SendRequest, requests: list[ModelRequest]) -> SendRequest:
    """Return a function that appends each request to `requests` and sends it."""

    def send_and_record(request: ModelRequest) -> ModelResponse:
        requests.append(request)
        return send(request)

    return send_and_record


def _parse_request(body: dict[str, Any]) -> ModelRequest:
    image, text = body["messages"][0]["content"]
    png = base64.b64decode(image["image_url"]["url"].removeprefix("data:image/png;base64,"))
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
    return ModelRequest(Image.open(io.BytesIO(png)), text["text"], body["max_tokens"], schema)


def _build_completion(response: ModelResponse, *, probabilities: bool) -> dict[str, Any]:
    logprobs = [{"token": "", "logprob": math.log(response.probability or 1), "bytes": None, "top_logprobs": []}]
    choice = {
        "index": 0,
        "finish_reason": "length" if response.is_cut_off else "stop",
        "message": {"role": "assistant", "content": response.text},
        "logprobs": {"content": logprobs * response.token_count} if probabilities else None,
    }
    usage = {"prompt_tokens": 1, "completion_tokens": response.token_count, "total_tokens": response.token_count + 1}
    return {"id": "1", "object": "chat.completion", "created": 0, "model": MODEL, "choices": [choice], "usage": usage}
