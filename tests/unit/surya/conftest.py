import pytest

from functions.surya.local import Local
from functions.surya.reader import Surya
from tests.unit.surya.surya_kit import TINY, loaded, settings


@pytest.fixture(scope="package")
def surya() -> Surya:
    """Reads with the tiny model, in this process: the page in one answer."""
    return loaded(model_dir=TINY, max_wait_ms=200)


@pytest.fixture(scope="package")
def by_blocks() -> Surya:
    """The layout first, then each block by itself."""
    return loaded(model_dir=TINY, max_wait_ms=0, surya_layout="surya")


@pytest.fixture(scope="package")
def model() -> Local:
    """The tiny model, for an endpoint to answer with."""
    return Local(settings(model_dir=TINY, max_wait_ms=0))
