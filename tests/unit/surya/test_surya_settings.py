from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.unit.surya.surya_kit import make_settings

URL = "http://surya.example:8000/v1"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "MODEL_DIR"),
        ({"surya_mode": "http"}, "SURYA_INFERENCE_URL"),
        ({"surya_mode": "http", "surya_inference_url": URL, "surya_timeout_seconds": 60}, "SURYA_TIMEOUT_SECONDS"),
        ({"surya_mode": "http", "surya_inference_url": URL, "surya_layout": "docling"}, "DOCLING_LAYOUT_DIR"),
        ({"surya_mode": "http", "surya_inference_url": URL, "surya_lines_dir": Path("/nowhere")}, "not a directory"),
    ],
)
def test_error_names_the_missing_setting(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        make_settings(**given)


def test_endpoint_needs_no_weights() -> None:
    assert not make_settings(surya_mode="http", surya_inference_url=URL).is_in_process


def test_key_is_not_printed() -> None:
    assert "geheim" not in repr(make_settings(surya_mode="http", surya_inference_url=URL, surya_inference_key="geheim"))
