"""Surya's model behind a real port of this machine, and readers that ask it."""

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

from functions.surya.questions import Answer, Ask, Question
from functions.surya.reader import Surya
from functions.surya.settings import SuryaSettings
from tests.checkpoints.device import THERE
from tests.checkpoints.lines import HOME

TINY = HOME / "surya"
#: The name that the endpoint gives its model.
MODEL = "datalab-to/surya-ocr-2"
#: Of more than a table's answer, and less than what takes long.
TOKENS = 160


def settings(**given: Any) -> SuryaSettings:
    told: dict[str, Any] = {
        "kafka_bootstrap_servers": "nowhere:9092",
        "max_new_tokens": TOKENS,
        **THERE,
    } | given
    return SuryaSettings(**told)


def loaded(**given: Any) -> Surya:
    reader = Surya(settings(**given))
    reader.load()
    return reader


def at(url: str, **given: Any) -> SuryaSettings:
    """For the endpoint at this address."""
    return settings(surya_mode="http", surya_inference_url=url, **given)


def application(ask: Ask, *, model: str = MODEL, probabilities: bool = True) -> Flask:
    """What vLLM and llama.cpp answer, as far as Surya asks; `ask` may raise ValueError for a page it refuses."""
    app = Flask("endpoint")

    @app.get("/health")
    def health() -> Response:
        return Response(status=200)

    @app.get("/v1/models")
    def models() -> Response:
        return jsonify(object="list", data=[{"id": model, "object": "model", "created": 0, "owned_by": "us"}])

    @app.post("/v1/chat/completions")
    def completions() -> tuple[Response, int] | Response:
        try:
            answer = ask(_question(request.get_json()))
        except ValueError:
            return jsonify(error={"message": "not this picture"}), 400
        return jsonify(_completion(answer, probabilities=probabilities))

    return app


@contextmanager
def served(app: Flask, port: int = 0) -> Iterator[str]:
    """The address of its API, for as long as the context lasts."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()


def counting(ask: Ask, questions: list[Question]) -> Ask:
    """Asks on, and keeps what was asked."""

    def asking(question: Question) -> Answer:
        questions.append(question)
        return ask(question)

    return asking


def _question(body: dict[str, Any]) -> Question:
    image, text = body["messages"][0]["content"]
    png = base64.b64decode(image["image_url"]["url"].removeprefix("data:image/png;base64,"))
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
    return Question(Image.open(io.BytesIO(png)), text["text"], body["max_tokens"], schema)


def _completion(answer: Answer, *, probabilities: bool) -> dict[str, Any]:
    told = [{"token": "", "logprob": math.log(answer.probability or 1), "bytes": None, "top_logprobs": []}]
    choice = {
        "index": 0,
        "finish_reason": "length" if answer.cut else "stop",
        "message": {"role": "assistant", "content": answer.text},
        "logprobs": {"content": told * answer.tokens} if probabilities else None,
    }
    usage = {"prompt_tokens": 1, "completion_tokens": answer.tokens, "total_tokens": answer.tokens + 1}
    return {"id": "1", "object": "chat.completion", "created": 0, "model": MODEL, "choices": [choice], "usage": usage}
