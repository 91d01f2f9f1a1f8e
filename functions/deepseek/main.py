"""Entry point of the DeepSeek-OCR engine."""

from functions.deepseek.reader import DeepSeek
from functions.deepseek.settings import DeepSeekSettings
from functions.engine.serve import serve_engine

if __name__ == "__main__":
    serve_engine(DeepSeek, DeepSeekSettings)
