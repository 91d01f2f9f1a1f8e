"""What a Service's resources mean on one machine."""

from typing import Any

import pytest

from local.manifests.serving import Service
from local.twin.services import limits
from local.twin.services.limits import Limits


def service(resources: dict[str, Any]) -> Service:
    spec = {"containers": [{"command": ["true"], "resources": resources}]}
    return Service.model_validate(
        {
            "apiVersion": "serving.knative.dev/v1",
            "kind": "Service",
            "metadata": {"name": "echo"},
            "spec": {"template": {"spec": spec}},
        }
    )


def test_limits_are_bytes_and_cores() -> None:
    given = service({"limits": {"memory": "512Mi", "cpu": "500m"}, "requests": {"memory": "1Gi"}})
    assert limits.of(given) == Limits(memory=512 << 20, cpu=0.5)
    assert limits.of(service({})) == Limits(None, None)


def test_a_part_of_a_byte_is_a_byte() -> None:
    assert limits.of(service({"limits": {"memory": "1500m"}})).memory == 2


@pytest.mark.parametrize(
    "resources",
    [{"limits": {"memory": "512mb"}}, {"requests": {"cpu": "-1"}}, {"limits": {"nvidia.com/gpu": "one"}}],
)
def test_what_is_no_quantity_is_refused(resources: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is no quantity"):
        service(resources)


def test_nothing_runs_within_nothing() -> None:
    (found,) = limits.problems(service({"limits": {"cpu": 0}}).container)
    assert found.startswith("resources.limits.cpu: nothing can run within 0")


def test_what_only_a_cluster_can_enforce_is_told() -> None:
    given = service({"requests": {"cpu": 1}, "limits": {"cpu": 1, "memory": "1Gi", "nvidia.com/gpu": 1}})
    assert list(limits.not_enforced(given)) == ["resources.requests", "resources.limits.nvidia.com/gpu"]
