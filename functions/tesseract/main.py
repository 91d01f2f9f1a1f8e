"""Entry point of the Tesseract engine."""

from functions.engine.serve import serve_engine
from functions.tesseract.reader import Tesseract
from functions.tesseract.settings import TesseractSettings

if __name__ == "__main__":
    serve_engine(Tesseract, TesseractSettings)
