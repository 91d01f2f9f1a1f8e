"""Entry point of the GOT-OCR engine."""

from functions.engine.serve import serve_engine
from functions.gotocr.reader import GotOcr
from functions.gotocr.settings import GotOcrSettings

if __name__ == "__main__":
    serve_engine(GotOcr, GotOcrSettings)
