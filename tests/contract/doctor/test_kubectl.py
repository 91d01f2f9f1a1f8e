"""Queries through kubectl: always with a substitute, and with the real one if it is installed."""

import shutil
from pathlib import Path

import pytest

from local.doctor.cluster.kubectl import AccessDeniedError, ClusterQueryError, create_query
from tests.contract.doctor.api_server import run_api_server, write_kubeconfig, write_kubectl

KUBERNETES = {"/version": {"gitVersion": "v1.34.4"}, "/secret": 403, "/words": "not JSON", "/list": [1]}


@pytest.fixture(params=["substitute", *(["real"] if shutil.which("kubectl") else [])])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return "kubectl" if request.param == "real" else str(write_kubectl(tmp_path))


def test_missing_path_is_none(program: str, tmp_path: Path) -> None:
    with run_api_server(KUBERNETES) as url:
        query = create_query(write_kubeconfig(tmp_path, only=url), None, program)

        assert query("/version") == {"gitVersion": "v1.34.4"}
        assert query("/apis/kafka.strimzi.io/v1") is None


def test_denied_access_is_its_own_error(program: str, tmp_path: Path) -> None:
    with run_api_server(KUBERNETES) as url, pytest.raises(AccessDeniedError, match="Forbidden"):
        create_query(write_kubeconfig(tmp_path, only=url), None, program)("/secret")


def test_selected_context_is_queried(program: str, tmp_path: Path) -> None:
    with (
        run_api_server({"/version": {"name": "first"}}) as first,
        run_api_server({"/version": {"name": "second"}}) as second,
    ):
        file = write_kubeconfig(tmp_path, first=first, second=second)

        assert create_query(file, None, program)("/version") == {"name": "first"}
        assert create_query(file, "second", program)("/version") == {"name": "second"}
        with pytest.raises(ClusterQueryError, match="missing"):
            create_query(file, "missing", program)("/version")


def test_absent_server_is_an_error_in_one_line(program: str, tmp_path: Path) -> None:
    with run_api_server({}) as url:
        file = write_kubeconfig(tmp_path, absent=url)

    with pytest.raises(ClusterQueryError) as caught:
        create_query(file, None, program)("/version")
    assert "refused" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", ["/words", "/list"])
def test_answer_that_is_no_object_is_an_error(program: str, tmp_path: Path, path: str) -> None:
    with run_api_server(KUBERNETES) as url, pytest.raises(ClusterQueryError, match="not Kubernetes"):
        create_query(write_kubeconfig(tmp_path, only=url), None, program)(path)


def test_missing_kubectl_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ClusterQueryError, match="is not installed"):
        create_query(None, None, str(tmp_path / "kubectl"))("/version")
