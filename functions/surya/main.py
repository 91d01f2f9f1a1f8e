"""Entry point of the Surya engine."""

from functions.engine.serve import serve_engine
from functions.surya.reader import Surya
from functions.surya.settings import SuryaSettings

if __name__ == "__main__":
    serve_engine(Surya, SuryaSettings)
