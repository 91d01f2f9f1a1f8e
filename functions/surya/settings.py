"""Environment variables of the Surya engine."""

from typing import Literal

from pydantic import Field, HttpUrl, SecretStr, model_validator

from functions.engine.models.settings import (
    LANGUAGES_DESCRIPTION,
    CheckpointDirectory,
    Languages,
    ModelSettings,
)


class SuryaSettings(ModelSettings):
    """Settings of Surya 2, in this process or at an endpoint. Line detection and Docling's model always run here."""

    model_id: str = Field(
        "datalab-to/surya-ocr-2", description="the model's name on the Hugging Face hub, and at the endpoint"
    )
    languages: Languages = Field("deu+eng+fra+ita+spa+nld+pol", description=LANGUAGES_DESCRIPTION)
    max_new_tokens: int = Field(12_288, ge=1, description="maximum number of tokens in the text of a page")
    surya_mode: Literal["inprocess", "http"] = Field(
        "inprocess", description="inprocess, or http: an OpenAI-compatible endpoint of vLLM or llama.cpp"
    )
    surya_inference_url: HttpUrl | None = Field(None, description="the endpoint, as http://host:8000/v1")
    surya_inference_key: SecretStr | None = Field(None, description="the endpoint's API key, if it needs one")
    surya_timeout_seconds: float = Field(
        45, gt=0, description="seconds for all requests to the endpoint about a page; less than DEADLINE_SECONDS"
    )
    surya_parallel: int = Field(8, ge=1, description="concurrent requests about one page")
    surya_layout: Literal["page", "surya", "docling"] = Field(
        "page",
        description="page: layout and text in one response; surya or docling: layout first, then each block by itself",
    )
    docling_layout_dir: CheckpointDirectory | None = Field(
        None, description="a directory with Docling's layout model, if SURYA_LAYOUT is docling"
    )
    surya_lines_dir: CheckpointDirectory | None = Field(
        None, description="a directory with Surya's text detection model; without it, a reading has no lines"
    )

    @property
    def is_in_process(self) -> bool:
        """True if this process loads the model."""
        return self.surya_mode == "inprocess"

    @model_validator(mode="after")
    def _check_endpoint(self) -> "SuryaSettings":
        if not self.is_in_process and self.surya_inference_url is None:
            raise ValueError("Set SURYA_INFERENCE_URL to the endpoint, or SURYA_MODE to inprocess")
        if not self.is_in_process and self.surya_timeout_seconds >= self.deadline_seconds:
            raise ValueError("SURYA_TIMEOUT_SECONDS must be less than DEADLINE_SECONDS")
        return self

    @model_validator(mode="after")
    def _check_layout(self) -> "SuryaSettings":
        if self.surya_layout == "docling" and self.docling_layout_dir is None:
            raise ValueError("Set DOCLING_LAYOUT_DIR to Docling's layout model, or SURYA_LAYOUT to page or surya")
        return self
