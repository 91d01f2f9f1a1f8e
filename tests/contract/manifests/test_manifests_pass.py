"""Everything that the product would apply to a cluster passes every judge."""

import pytest

from local.rules.main import ours, verdicts_on


@pytest.mark.parametrize("folder", ours())
def test_nothing_is_wrong_with_what_we_would_apply(folder: str) -> None:
    assert verdicts_on(folder) == []
