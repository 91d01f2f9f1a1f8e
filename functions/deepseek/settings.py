"""What the engine reads from the environment."""

from pydantic import Field

from functions.engine.models.settings import LANGUAGES, Languages, ModelSettings


class DeepSeekSettings(ModelSettings):
    """DeepSeek-OCR-2, or Janus-Pro: the model that is there says which it is, and is asked in its own way."""

    model_id: str = Field(
        "deepseek-community/DeepSeek-OCR-2",
        description="the model's name on the hub: DeepSeek-OCR-2, or deepseek-community/Janus-Pro-7B",
    )
    languages: Languages = Field(
        "deu+eng+fra+ita+spa+por+nld+dan+swe+nor+fin+pol+ces+slk+slv+hrv+hun+ron+tur+ell+rus+ukr+jpn+kor+chi_sim+chi_tra",
        description=LANGUAGES,
    )
