"""The twin: a local emulation of Knative that runs the manifests of a cluster on one machine."""

import importlib
import sys

# If rich is installed, structlog imports rich for tracebacks on terminals. The twin logs JSON and does not need rich.
# The import of rich takes longer than that of structlog. None in sys.modules makes the import of rich fail.
if "rich" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment]  # Python's documented way to block an import
    try:
        importlib.import_module("structlog")
    finally:
        del sys.modules["rich"]
