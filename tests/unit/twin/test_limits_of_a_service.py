"""The limits of a Service."""

from typing import Any

import pytest

from local.manifests.serving import Service
from local.twin.services import limits
from local.twin.services.limits import Limits


def build_service(resources: dict[str, Any]) -> Service:
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
    given = build_service({"limits": {"memory": "512Mi", "cpu": "500m"}, "requests": {"memory": "1Gi"}})
    assert limits.parse_limits(given) == Limits(memory=512 << 20, cpu=0.5)
    assert limits.parse_limits(build_service({})) == Limits(None, None)


def test_fraction_of_a_byte_is_rounded_up() -> None:
    assert limits.parse_limits(build_service({"limits": {"memory": "1500m"}})).memory == 2


@pytest.mark.parametrize(
    "resources",
    [{"limits": {"memory": "512mb"}}, {"requests": {"cpu": "-1"}}, {"limits": {"nvidia.com/gpu": "one"}}],
)
def test_invalid_quantity_is_refused(resources: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is no quantity"):
        build_service(resources)


def test_limit_of_zero_is_a_problem() -> None:
    (found,) = limits.find_problems(build_service({"limits": {"cpu": 0}}).container)
    assert found.startswith("resources.limits.cpu: nothing can run within 0")


def test_unenforced_resources_are_listed() -> None:
    given = build_service({"requests": {"cpu": 1}, "limits": {"cpu": 1, "memory": "1Gi", "nvidia.com/gpu": 1}})
    assert list(limits.list_unenforced_fields(given)) == ["resources.requests", "resources.limits.nvidia.com/gpu"]
