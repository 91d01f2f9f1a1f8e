"""The embedded S3 server's process: Moto's S3 and SNS, which store nothing on disk.

It runs as a file and not as a module, so that it imports no module of this project.
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
# A function without a replica may need this time to start a replica and to respond.
TIMEOUT_S = 60.0


class NotificationSender:
    """A replacement for `requests` in Moto's SNS. It calls the subscriber after the upload request has ended.

    Moto calls subscribers during the upload, with three problems. The object has no metadata yet, so the subscriber
    cannot find the upload's options. There is no timeout, so a subscriber that does not answer blocks the upload.
    And there is no retry.
    """

    def __init__(self) -> None:
        self._calls: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        threading.Thread(target=self._deliver_all, daemon=True).start()

    def post(self, url: str, **arguments: Any) -> None:
        """Queue a POST with the arguments of `requests.post`. Send it after the current Flask request, the upload."""

        def enqueue(response: flask.Response) -> flask.Response:
            self._calls.put((url, arguments))
            return response

        flask.after_this_request(enqueue)

    def _deliver_all(self) -> None:
        while True:
            url, arguments = self._calls.get()
            if not any(_deliver(url, arguments) for _ in range(ATTEMPTS)):
                log.warning("notification.abandoned", url=url, attempts=ATTEMPTS)


def _deliver(url: str, arguments: dict[str, Any]) -> bool:
    """Send a notification once. Return False, after a pause, if a retry can succeed.

    Return True if the subscriber accepted the notification, or refused it with a status that no retry changes.
    """
    try:
        status = requests.post(url, timeout=TIMEOUT_S, **arguments).status_code
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
    """Serve on the given port until a signal arrives."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    vars(sns)["requests"] = NotificationSender()
    ThreadedMotoServer(ip_address="127.0.0.1", port=int(sys.argv[1]), verbose=False).start()
    signal.pause()


if __name__ == "__main__":
    main()
