"""What engines with a model of transformers read from the environment."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from functions.engine.settings import EngineSettings

_LANGUAGE = "[a-z]{3}(_[a-z]{1,10})?"
Languages = Annotated[str, StringConstraints(pattern=rf"^{_LANGUAGE}(\+{_LANGUAGE})*$")]
LANGUAGES = "languages that the model may be asked for, as deu+eng"


def _a_checkpoint(path: Path) -> Path:
    """Asked before transformers is, which takes a directory that is not there for the name of a model."""
    if not path.is_dir():
        raise PydanticCustomError("directory", "{path} is no directory", {"path": str(path)})
    if not (path / "config.json").is_file():
        raise PydanticCustomError("checkpoint", "{path} holds no config.json", {"path": str(path)})
    return path


#: A directory that `from_pretrained` can load.
CheckpointDirectory = Annotated[Path, AfterValidator(_a_checkpoint)]


class ModelSettings(EngineSettings):
    """A model comes from a directory, or from the hub under its name and one commit, so that it never changes."""

    model_id: str = Field(description="the model's name on the hub, as organisation/model")
    revision: str | None = Field(
        None, pattern="^[0-9a-f]{40}$", description="the commit of MODEL_ID, 40 digits: a branch would change under us"
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
    max_batch_size: int = Field(8, ge=1, description="pages in one forward pass; CONCURRENCY should be as much")
    max_wait_ms: int = Field(20, ge=0, description="milliseconds that a page waits for others to share its pass")
    max_new_tokens: int = Field(4096, ge=1, description="tokens written of one page at most")
    languages: Languages = Field(description=LANGUAGES)

    @property
    def pass_seconds(self) -> float:
        """A page may wait for one pass and then be in the next, and both are to end before the deadline."""
        return self.deadline_seconds / 3

    @property
    def runs_here(self) -> bool:
        """Whether the model comes into this process."""
        return True

    @model_validator(mode="after")
    def _pinned(self) -> "ModelSettings":
        if self.runs_here and not (self.model_dir or self.revision):
            raise ValueError(f"Set MODEL_DIR to a directory, or REVISION to the commit of {self.model_id} to be had")
        return self
