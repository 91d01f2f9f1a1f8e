import subprocess
import sys

PARSERS = {"PIL", "pillow_heif", "pypdfium2"}
LOADED = "import sys, functions.engine.serve; print(*sys.modules)"


def test_an_engine_has_no_parser_in_its_own_process() -> None:
    loaded = subprocess.run([sys.executable, "-c", LOADED], check=True, capture_output=True, text=True).stdout.split()
    assert "functions.engine.serve" in loaded
    assert PARSERS & set(loaded) == set()
