"""What the engine reads from the environment."""

from typing import Literal

from pydantic import Field

from functions.engine.models.settings import LANGUAGES, Languages, ModelSettings


class GotOcrSettings(ModelSettings):
    """GOT-OCR 2.0. It was trained on English and Chinese, and writes what the Latin alphabet writes."""

    model_id: str = Field("stepfun-ai/GOT-OCR-2.0-hf", description="the model's name on the hub")
    languages: Languages = Field("deu+eng+chi_sim", description=LANGUAGES)
    got_output: Literal["plain", "formatted"] = Field(
        "plain", description="plain, or formatted: headings, tables and formulas as Mathpix Markdown"
    )
