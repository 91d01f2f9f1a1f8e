import socket
from unittest.mock import Mock

import pytest

from functions.runtime.sandbox.zygote import Zygote
from functions.runtime.settings import SandboxSettings


def test_a_zygote_refuses_to_work_where_the_kernel_confines_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        zygote = Zygote(theirs, {}, SandboxSettings().limits)
        zygote.prove()
        monkeypatch.setattr("functions.runtime.sandbox.zygote.Confinement.enter", Mock())
        with pytest.raises(OSError, match="does not confine"):
            zygote.prove()
