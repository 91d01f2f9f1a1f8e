"""Entry point of the RapidOCR engine."""

from functions.engine.serve import serve_engine
from functions.rapidocr.reader import Rapidocr
from functions.rapidocr.settings import RapidocrSettings

if __name__ == "__main__":
    serve_engine(Rapidocr, RapidocrSettings)
