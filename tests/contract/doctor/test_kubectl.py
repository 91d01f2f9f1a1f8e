"""Asking a cluster through kubectl: the real one where there is one, and always a stand-in with its ways."""

import shutil
from pathlib import Path

import pytest

from local.doctor.cluster.kubectl import MayNot, NoAnswer, asking
from tests.contract.doctor.api_server import kubeconfig, kubectl, serving

KUBERNETES = {"/version": {"gitVersion": "v1.34.4"}, "/secret": 403, "/words": "no JSON", "/list": [1]}


@pytest.fixture(params=["stand-in", *(["real"] if shutil.which("kubectl") else [])])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return "kubectl" if request.param == "real" else str(kubectl(tmp_path))


def test_what_lies_at_a_path_is_read_and_where_nothing_lies_that_is_told(program: str, tmp_path: Path) -> None:
    with serving(KUBERNETES) as url:
        ask = asking(kubeconfig(tmp_path, here=url), None, program)

        assert ask("/version") == {"gitVersion": "v1.34.4"}
        assert ask("/apis/kafka.strimzi.io/v1") is None


def test_what_may_not_be_read_is_told_apart(program: str, tmp_path: Path) -> None:
    with serving(KUBERNETES) as url, pytest.raises(MayNot, match="Forbidden"):
        asking(kubeconfig(tmp_path, here=url), None, program)("/secret")


def test_the_context_that_is_named_is_asked(program: str, tmp_path: Path) -> None:
    with serving({"/version": {"is": "here"}}) as here, serving({"/version": {"is": "there"}}) as there:
        file = kubeconfig(tmp_path, here=here, there=there)

        assert asking(file, None, program)("/version") == {"is": "here"}
        assert asking(file, "there", program)("/version") == {"is": "there"}
        with pytest.raises(NoAnswer, match="nowhere"):
            asking(file, "nowhere", program)("/version")


def test_a_server_that_is_away_is_no_answer_in_one_line(program: str, tmp_path: Path) -> None:
    with serving({}) as gone:
        file = kubeconfig(tmp_path, here=gone)

    with pytest.raises(NoAnswer) as caught:
        asking(file, None, program)("/version")
    assert "refused" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", ["/words", "/list"])
def test_what_is_no_kubernetes_is_no_answer(program: str, tmp_path: Path, path: str) -> None:
    with serving(KUBERNETES) as url, pytest.raises(NoAnswer, match="no Kubernetes"):
        asking(kubeconfig(tmp_path, here=url), None, program)(path)


def test_without_kubectl_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer, match="is not there"):
        asking(None, None, str(tmp_path / "kubectl"))("/version")
