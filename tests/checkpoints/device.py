"""Where tests run the tiny models: on the CPU, unless the environment names something else.

`PAGEBUS_TEST_DEVICE=cuda PAGEBUS_TEST_DTYPE=float32 pytest tests/unit/gotocr tests/unit/deepseek tests/unit/surya`
"""

import os
from typing import Any

DEVICE, DTYPE = os.environ.get("PAGEBUS_TEST_DEVICE", "cpu"), os.environ.get("PAGEBUS_TEST_DTYPE", "auto")
#: As settings of an engine.
THERE: dict[str, Any] = {"device": DEVICE, "dtype": DTYPE}
