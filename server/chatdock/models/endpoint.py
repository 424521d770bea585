"""One provider's endpoint under the policy: attempts, breaker and the batches that come of them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

import msgspec

from chatdock.models.base import Finished, ImagePart, ModelEvent, ModelRequest, Take, UserTurn
from chatdock.models.breaker import Breaker, Breakers
from chatdock.models.decoder import Decoder
from chatdock.models.loading import load
from chatdock.models.policy import Policy, UpstreamError

if TYPE_CHECKING:
    from chatdock.models.upstream import Attempt, Upstream

HEAVY_BYTES = 128 * 1024  # of images: encoding them would hold the loop for a millisecond and more


class Endpoint:
    """Streams from one path of one provider."""

    def __init__(
        self,
        path: str,
        body: Callable[[ModelRequest], dict[str, Any]],
        decoder: Callable[[], Decoder],
        *,
        api_key: str,
        base_url: str | None,
        policy: Policy,
    ) -> None:
        self._path = path
        self._body = body
        self._decoder = decoder
        self._api_key = api_key
        self._base_url = base_url
        self._policy = policy
        self._breakers = Breakers(policy.breaker)
        self._upstream: Upstream | None = None
        self._loading = asyncio.Lock()
        self._closed = False

    async def stream(self, request: ModelRequest, take: Take | None = None) -> AsyncIterator[list[ModelEvent]]:
        """One batch an upstream read; the connection ends when the iterator is closed. Raises: ModelError."""
        breaker = self._breakers.of(request.model)
        attempt, batch = await self._begin(request, breaker)
        if take is not None:
            attempt.push_to(take)
        try:
            while type(batch[-1]) is not Finished:
                yield batch
                batch = await attempt.next()
            yield batch
        except UpstreamError as error:
            if error.ill:
                breaker.record(failed=True)
            raise
        finally:
            await attempt.close()

    async def warm(self) -> None:
        """Loads the client, in a thread."""
        await self._client()

    async def close(self) -> None:
        """Ends pooled connections and the streams that still run; nothing is asked any more."""
        self._closed = True
        if self._upstream is not None:
            await self._upstream.close()
            self._upstream = None

    async def _begin(self, request: ModelRequest, breaker: Breaker) -> "tuple[Attempt, list[ModelEvent]]":
        """An attempt that has brought its first events, after as many as the policy allows."""
        content: bytes | None = None
        attempts_made = 0
        while True:
            probe = breaker.admit()
            try:
                upstream = await self._client()
                content = content or await self._content(request)
                begun = await upstream.begin(self._path, content, request, self._decoder())
            except UpstreamError as error:
                attempts_made += 1
                breaker.record(failed=error.ill, probe=probe)
                wait_seconds = None if breaker.is_open else self._policy.wait_seconds(attempts_made, error)
                if wait_seconds is None:
                    raise
            except BaseException:
                breaker.abandon(probe=probe)
                raise
            else:
                breaker.record(failed=False, probe=probe)
                return begun
            await asyncio.sleep(wait_seconds)

    async def _content(self, request: ModelRequest) -> bytes:
        parts = [part for turn in request.turns if isinstance(turn, UserTurn) for part in turn.parts]
        if sum(len(part.data) for part in parts if isinstance(part, ImagePart)) > HEAVY_BYTES:
            return await asyncio.to_thread(self._encode, request)
        return self._encode(request)

    def _encode(self, request: ModelRequest) -> bytes:
        return msgspec.json.encode(self._body(request))

    async def _client(self) -> "Upstream":
        if self._upstream is None:
            async with self._loading:
                if self._closed:
                    raise UpstreamError("the model is closed", code="model_unavailable", again=False, ill=False)
                if self._upstream is None:
                    self._upstream = await load(api_key=self._api_key, base_url=self._base_url, policy=self._policy)
        return self._upstream
