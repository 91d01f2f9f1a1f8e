"""The twin: a local emulation of Knative that runs the manifests of a cluster on one machine."""

import importlib
import sys

# If rich is installed, structlog imports it for tracebacks on terminals. This takes longer than the rest of structlog's
# import. The twin logs JSON and does not need rich. So block rich meanwhile: None in sys.modules makes its import fail.
if "rich" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment]  # Python's documented way to block an import
    try:
        importlib.import_module("structlog")
    finally:
        del sys.modules["rich"]
