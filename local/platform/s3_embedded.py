"""Moto's S3 and SNS as a process; it keeps nothing.

Run as a file and not as a module, so that it loads nothing of ours.
"""

import logging
import queue
import signal
import sys
import threading
import time
from http import HTTPStatus
from typing import Any

import flask
import requests
import structlog
from moto.server import ThreadedMotoServer
from moto.sns import models as sns

log = structlog.get_logger()

ATTEMPTS = 60
PAUSE_S = 1.0
# As long as a function may take to start from zero and answer.
TIMEOUT_S = 60.0


class Courier:
    """Stands where moto's SNS has `requests`, and calls the subscriber once the request that caused the call is done.

    Moto calls inside the upload: before the object has its metadata, where a subscriber would not find what the
    uploader asked for; without a timeout, so that a sleeping one holds up the upload; and only once.
    """

    def __init__(self) -> None:
        self._calls: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        threading.Thread(target=self._deliver_all, daemon=True).start()

    def post(self, url: str, **content: Any) -> None:
        def enqueue(response: flask.Response) -> flask.Response:
            self._calls.put((url, content))
            return response

        flask.after_this_request(enqueue)

    def _deliver_all(self) -> None:
        while True:
            url, content = self._calls.get()
            if not any(_delivered(url, content) for _ in range(ATTEMPTS)):
                log.warning("notification.given_up", url=url, attempts=ATTEMPTS)


def _delivered(url: str, content: dict[str, Any]) -> bool:
    """Whether this call is settled: taken, or refused in a way that no repetition changes."""
    try:
        status = requests.post(url, timeout=TIMEOUT_S, **content).status_code
    except requests.RequestException:
        time.sleep(PAUSE_S)
        return False
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
        time.sleep(PAUSE_S)
        return False
    if status >= HTTPStatus.BAD_REQUEST:
        log.warning("notification.refused", url=url, status=status)
    return True


def main() -> None:
    """Serve on the port given until a signal comes."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    vars(sns)["requests"] = Courier()
    ThreadedMotoServer(ip_address="127.0.0.1", port=int(sys.argv[1]), verbose=False).start()
    signal.pause()


if __name__ == "__main__":
    main()
