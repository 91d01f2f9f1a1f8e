"""The device on which tests run the tiny models: the CPU, unless the environment names another one.

`PAGEBUS_TEST_DEVICE=cuda PAGEBUS_TEST_DTYPE=float32 pytest tests/unit/gotocr tests/unit/deepseek tests/unit/surya`
"""

import os
from typing import Any

DEVICE, DTYPE = os.environ.get("PAGEBUS_TEST_DEVICE", "cpu"), os.environ.get("PAGEBUS_TEST_DTYPE", "auto")
#: The settings of an engine for this device.
DEVICE_SETTINGS: dict[str, Any] = {"device": DEVICE, "dtype": DTYPE}
