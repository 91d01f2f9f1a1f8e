"""The environment variables of engines whose models run in torch."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from functions.engine.settings import EngineSettings

_LANGUAGE = "[a-z]{3}(_[a-z]{1,10})?"
Languages = Annotated[str, StringConstraints(pattern=rf"^{_LANGUAGE}(\+{_LANGUAGE})*$")]
LANGUAGES_DESCRIPTION = "languages that requests may name, such as deu+eng"


def _check_checkpoint(path: Path) -> Path:
    """Return the path if it has a checkpoint. Transformers would treat a missing directory as a model name."""
    if not path.is_dir():
        raise PydanticCustomError("directory", "{path} is not a directory", {"path": str(path)})
    if not (path / "config.json").is_file():
        raise PydanticCustomError("checkpoint", "{path} has no config.json", {"path": str(path)})
    return path


#: A directory that `from_pretrained` can load.
CheckpointDirectory = Annotated[Path, AfterValidator(_check_checkpoint)]


class ModelSettings(EngineSettings):
    """Settings of a model from a directory, or from the hub at one commit, so that the model never changes."""

    model_id: str = Field(description="the model's name on the hub, as organisation/model")
    revision: str | None = Field(
        None, pattern="^[0-9a-f]{40}$", description="the commit of MODEL_ID, 40 digits: a branch would change over time"
    )
    model_dir: CheckpointDirectory | None = Field(
        None, description="a directory with config.json, weights and tokenizer, as save_pretrained writes it"
    )
    device: str = Field(
        "auto", pattern=r"^(auto|cpu|mps|(cuda|xpu)(:\d+)?)$", description="auto, cpu, mps, cuda or cuda:1"
    )
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto", description="auto (bfloat16, and float32 on a CPU), float32, bfloat16 or float16"
    )
    max_batch_size: int = Field(8, ge=1, description="pages in one forward pass; CONCURRENCY should be equal")
    max_wait_ms: int = Field(20, ge=0, description="milliseconds that a page waits for others to share its pass")
    max_new_tokens: int = Field(4096, ge=1, description="maximum number of tokens in the text of a page")
    languages: Languages = Field(description=LANGUAGES_DESCRIPTION)

    @property
    def pass_seconds(self) -> float:
        """The maximum duration of a pass.

        A page may wait for one pass and be read in the next. Both passes must end before the deadline.
        """
        return self.deadline_seconds / 3

    @property
    def is_in_process(self) -> bool:
        """Return whether this process loads the model."""
        return True

    @model_validator(mode="after")
    def _require_pinned_model(self) -> "ModelSettings":
        if self.is_in_process and not (self.model_dir or self.revision):
            raise ValueError(f"Set MODEL_DIR to a directory, or REVISION to a commit of {self.model_id}")
        return self
