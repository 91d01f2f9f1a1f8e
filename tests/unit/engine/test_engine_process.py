import subprocess
import sys

PARSERS = {"PIL", "pillow_heif", "pypdfium2"}
LIST_MODULES = "import sys, functions.engine.serve; print(*sys.modules)"


def test_engine_process_imports_no_parser() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", LIST_MODULES], check=True, capture_output=True, text=True
    ).stdout.split()
    assert "functions.engine.serve" in loaded
    assert PARSERS & set(loaded) == set()
