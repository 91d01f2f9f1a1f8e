from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.unit.surya.surya_kit import settings

URL = "http://surya.example:8000/v1"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "MODEL_DIR"),
        ({"surya_mode": "http"}, "SURYA_INFERENCE_URL"),
        ({"surya_mode": "http", "surya_inference_url": URL, "surya_timeout_seconds": 60}, "SURYA_TIMEOUT_SECONDS"),
        ({"surya_mode": "http", "surya_inference_url": URL, "surya_layout": "docling"}, "DOCLING_LAYOUT_DIR"),
        ({"surya_mode": "http", "surya_inference_url": URL, "surya_lines_dir": Path("/nowhere")}, "no directory"),
    ],
)
def test_what_is_missing_is_said(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        settings(**given)


def test_an_endpoint_needs_no_weights() -> None:
    assert not settings(surya_mode="http", surya_inference_url=URL).runs_here


def test_the_key_is_not_told() -> None:
    assert "geheim" not in repr(settings(surya_mode="http", surya_inference_url=URL, surya_inference_key="geheim"))
