"""Environment variables of the DeepSeek engine."""

from pydantic import Field

from functions.engine.models.settings import LANGUAGES_DESCRIPTION, Languages, ModelSettings


class DeepSeekSettings(ModelSettings):
    """Settings of DeepSeek-OCR-2 or Janus-Pro. The `model_type` of the checkpoint selects the prompt."""

    model_id: str = Field(
        "deepseek-community/DeepSeek-OCR-2",
        description="the model's name on the Hugging Face hub: DeepSeek-OCR-2, or deepseek-community/Janus-Pro-7B",
    )
    languages: Languages = Field(
        "deu+eng+fra+ita+spa+por+nld+dan+swe+nor+fin+pol+ces+slk+slv+hrv+hun+ron+tur+ell+rus+ukr+jpn+kor+chi_sim+chi_tra",
        description=LANGUAGES_DESCRIPTION,
    )
