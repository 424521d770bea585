"""Every test here talks to one real server a file."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from servers.service import Service, service
from web.chatkit.client import Chat

__all__ = ["service"]

Join = Callable[..., Chat]


@pytest.fixture(scope="module")
def join(service: Service) -> Iterator[Join]:
    """Begins sessions, and ends their connections with the file."""
    joined: list[Chat] = []

    def begin(user: str = "ada", workflow: str = "wf_gallery", **session: Any) -> Chat:
        joined.append(Chat(service, user, workflow, **session))
        return joined[-1]

    yield begin
    for chat in joined:
        chat.close()


@pytest.fixture(scope="module")
def chat(join: Join) -> Chat:
    """A user of the gallery."""
    return join()


@pytest.fixture(scope="module")
def other(join: Join) -> Chat:
    """Another user of the same site."""
    return join("eve")
