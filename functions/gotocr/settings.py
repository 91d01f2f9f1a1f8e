"""Environment variables of the GOT-OCR engine."""

from typing import Literal

from pydantic import Field

from functions.engine.models.settings import LANGUAGES_DESCRIPTION, Languages, ModelSettings


class GotOcrSettings(ModelSettings):
    """Settings of GOT-OCR 2.0. The model was trained on English and Chinese, and also reads other Latin scripts."""

    model_id: str = Field("stepfun-ai/GOT-OCR-2.0-hf", description="the model's name on the Hugging Face hub")
    languages: Languages = Field("deu+eng+chi_sim", description=LANGUAGES_DESCRIPTION)
    got_output: Literal["plain", "formatted"] = Field(
        "plain", description="plain, or formatted: headings, tables and formulas as Mathpix Markdown"
    )
