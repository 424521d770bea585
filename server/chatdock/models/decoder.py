"""What an API's stream means, stated once: each provider decodes its own events behind this."""

from typing import Protocol

from chatdock.models.base import ModelEvent
from chatdock.models.policy import UpstreamError


class Decoder(Protocol):
    """Makes events of the data of server-sent events; one a stream."""

    finished: bool  # the last event has been given
    finishing: bool  # the answer is complete, the last event waits for usage
    failure: UpstreamError | None  # what ended the stream, once the events before it have been given

    def decode(self, payloads: list[bytes]) -> list[ModelEvent]:
        """What these say, possibly nothing. Raises: UpstreamError, unless events come before it."""

    def end(self) -> list[ModelEvent]:
        """What is left when the body has ended. Raises: UpstreamError if the answer is not complete."""
