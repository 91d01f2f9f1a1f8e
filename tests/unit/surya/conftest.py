import pytest

from functions.surya.local_model import LocalModel
from functions.surya.reader import Surya
from tests.unit.surya.surya_kit import TINY, load_reader, make_settings


@pytest.fixture(scope="package")
def surya() -> Surya:
    """Return a reader with the tiny model in this process, which reads a page in one response."""
    return load_reader(model_dir=TINY, max_wait_ms=200)


@pytest.fixture(scope="package")
def by_blocks() -> Surya:
    """Return a reader that finds the layout first, and then reads each block by itself."""
    return load_reader(model_dir=TINY, max_wait_ms=0, surya_layout="surya")


@pytest.fixture(scope="package")
def model() -> LocalModel:
    """Return the tiny model, for an endpoint."""
    return LocalModel(make_settings(model_dir=TINY, max_wait_ms=0))
