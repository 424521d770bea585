"""One service for all tests of a module."""

from collections.abc import Iterator

import pytest

from web.served import Served, serving, settings


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Running, with limits too high to matter."""
    with serving(settings(tmp_path_factory.mktemp("served"))) as served:
        yield served
