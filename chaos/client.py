"""A user who posts, watches, loses the connection at random, comes back anywhere, and never gives up."""

import asyncio
import json
import random
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx

from chaos.history import History, Post, Watched

TERMINAL = frozenset({"completed", "incomplete", "failed", "cancelled", "expired", "requires_action"})
NOT_NOW = frozenset({429, 502, 503, 504})
PATIENCE_SECONDS = 60.0  # for one thing, with everything that is killed in between
HEADERS = {"x-chatdock-client": "chaos"}


class GaveUp(Exception):
    """Nothing helped for as long as a client has patience."""


class Client:
    """One user. `anywhere` names a replica, a different one each time, as a proxy without memory would."""

    def __init__(
        self,
        user: str,
        key: str,
        anywhere: Callable[[], str],
        chance: random.Random,
        history: History,
        threads: list[str],
        again: int,
    ) -> None:
        self._user = user
        self._key = key
        self._anywhere = anywhere
        self._chance = chance
        self._history = history
        self._threads = threads
        self._again = again
        self._secret = ""
        self._last_refusal = ""
        self._http = httpx.AsyncClient(timeout=httpx.Timeout(20.0))

    async def live(self, stop: threading.Event) -> None:
        """Posts until it is time to stop; then finishes what it began."""
        try:
            while not stop.is_set():
                post = self._new_post()
                self._history.posts.append(post)
                try:
                    await self._send(post)
                    await self._watch(post)
                    await self._read_again(post)
                except GaveUp as error:
                    self._history.unexpected.append(f"{self._user}: {error}")
                await asyncio.sleep(self._chance.uniform(0, 0.2))
        finally:
            await self._http.aclose()

    def _new_post(self) -> Post:
        nonce = uuid.UUID(int=self._chance.getrandbits(128)).hex
        words, pause_ms = self._chance.randint(3, 120), self._chance.choice((0, 5, 20))
        joins = self._threads and self._chance.random() < 0.6
        thread_id = self._chance.choice(self._threads) if joins else None
        return Post(self._user, words, pause_ms, nonce, f"{self._user}-{nonce}", thread_id)

    async def _send(self, post: Post) -> None:
        """The same message until a run is named; what came of its stream is kept."""
        params: dict[str, Any] = {
            "input": {
                "content": [{"type": "input_text", "text": f"/text {post.words} {post.pause_ms}"}],
                "quoted_text": post.nonce,
                "attachments": [],
                "inference_options": {},
            }
        }
        kind = "threads.create"
        if post.thread_id is not None:
            kind, params["thread_id"] = "threads.add_user_message", post.thread_id
        body = {"type": kind, "params": params, "metadata": {"client_message_id": post.client_message_id}}
        until = time.monotonic() + PATIENCE_SECONDS
        while not post.acknowledged:
            if time.monotonic() > until:
                raise GaveUp(f"could not send {post.client_message_id} in {post.tries} tries: {self._last_refusal}")
            post.tries += 1
            try:
                await self._try_to_send(post, body)
            except (httpx.TransportError, httpx.StreamError) as error:
                self._last_refusal = repr(error)
                await self._pause()

    async def _try_to_send(self, post: Post, body: dict[str, Any]) -> None:
        secret = await self._credential()
        request = self._http.build_request(
            "POST", f"{self._anywhere()}/chatkit", json=body, headers={"authorization": f"Bearer {secret}", **HEADERS}
        )
        response = await self._http.send(request, stream=True)
        try:
            if response.status_code == 410:  # it was taken before, and its events died with a process: load the thread
                post.acknowledged = True
                return
            if response.status_code != 200:
                await self._refused(response)
                return
            run_id = response.headers["x-chatdock-run-id"]
            post.run_ids.add(run_id)
            if post.watched is None:
                post.watched = Watched(run_id)
            post.acknowledged = True
            await self._read(response, post)
        finally:
            await response.aclose()

    async def _read(self, response: httpx.Response, post: Post) -> None:
        """To its end, or until this client's connection is cut, which it often is."""
        watched = post.watched
        assert watched is not None
        left = self._chance.randint(1, 25) if self._chance.random() < 0.7 else None
        seq = 0
        async for line in response.aiter_lines():
            if line.startswith("id: "):
                run_id, _, number = line[4:].rpartition(":")
                if run_id != watched.run_id:
                    watched.faults.append(f"a frame of {run_id} in the stream of {watched.run_id}")
                seq = int(number)
            elif line.startswith("data: "):
                self._take(post, watched, seq, line[6:])
                seq = 0
                if left is not None:
                    left -= 1
                    if not left:
                        self._history.cuts += 1
                        return

    def _take(self, post: Post, watched: Watched, seq: int, data: str) -> None:
        if '"stream.reset"' in data:
            watched.was_reset = True
            return
        if not seq:
            watched.faults.append(f"a frame without an id: {data[:100]}")
            return
        watched.take(seq, data)
        event = json.loads(data)
        if event["type"] == "thread.created":
            post.thread_id = event["thread"]["id"]
            self._threads.append(event["thread"]["id"])

    async def _watch(self, post: Post) -> None:
        """Comes back behind the last frame, anywhere, until run and stream agree that there is no more."""
        watched = post.watched
        if watched is None:
            return
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                if await self._is_over(watched):
                    return
                if not watched.was_reset:
                    await self._resume(post, watched)
            except (httpx.TransportError, httpx.StreamError) as error:
                self._last_refusal = repr(error)
            await self._pause()
        raise GaveUp(f"could not see the end of {watched.run_id} behind frame {watched.last}: {self._last_refusal}")

    async def _is_over(self, watched: Watched) -> bool:
        answer = await self._http.get(
            f"{self._anywhere()}/v1/chatkit/runs/{watched.run_id}", headers=await self._bearer()
        )
        if answer.status_code != 200:
            await self._refused(answer)
            return False
        run = answer.json()
        if run["status"] not in TERMINAL:
            return False
        watched.ended = watched.was_reset or watched.last >= run["last_seq"]
        return watched.ended

    async def _resume(self, post: Post, watched: Watched) -> None:
        self._history.resumes += 1
        url = f"{self._anywhere()}/v1/chatkit/runs/{watched.run_id}/events"
        headers = {**await self._bearer(), **HEADERS, "last-event-id": f"{watched.run_id}:{watched.last}"}
        async with self._http.stream("GET", url, headers=headers) as response:
            if response.status_code == 410:
                watched.was_reset = True
            elif response.status_code != 200:
                await self._refused(response)
            else:
                await self._read(response, post)

    async def _read_again(self, post: Post) -> None:
        """An answer that was seen to its end, from anywhere in it: the same frames, as far as the connection lasts."""
        watched = post.watched
        if watched is None or watched.was_reset or not watched.ended:
            return
        known = sorted(watched.frames)
        for _ in range(self._again):
            after = self._chance.choice([0, *known])
            seen: list[int] = []
            self._history.resumes += 1
            url = f"{self._anywhere()}/v1/chatkit/runs/{watched.run_id}/events"
            try:
                headers = {**await self._bearer(), **HEADERS, "last-event-id": f"{watched.run_id}:{after}"}
                async with self._http.stream("GET", url, headers=headers) as response:
                    if response.status_code == 410:  # lost with Redis since
                        return
                    if response.status_code != 200:
                        await self._refused(response)
                        continue
                    self._history.reread += 1
                    async for line in response.aiter_lines():
                        if line.startswith("id: "):
                            seen.append(int(line[4:].rpartition(":")[2]))
                        elif line.startswith("data: ") and '"stream.reset"' not in line:
                            watched.again(seen[-1] if seen else 0, line[6:])
            except (httpx.TransportError, httpx.StreamError) as error:
                self._last_refusal = repr(error)
                await self._pause()
            if seen != [seq for seq in known if seq > after][: len(seen)]:
                watched.faults.append(f"read again behind {after}, it goes {seen[:10]}")

    async def _bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {await self._credential()}"}

    async def _credential(self) -> str:
        if not self._secret:
            answer = await self._http.post(
                f"{self._anywhere()}/v1/chatkit/sessions",
                json={
                    "user": self._user,
                    "workflow": {"id": "wf_gallery"},
                    "rate_limits": {"max_requests_per_1_minute": 100_000},
                    "chatkit_configuration": {"automatic_thread_titling": {"enabled": False}},
                },
                headers={"authorization": f"Bearer {self._key}"},
            )
            if answer.status_code != 200:
                await self._refused(answer)
                raise httpx.StreamError("no session yet")
            self._secret = answer.json()["client_secret"]
        return self._secret

    async def _refused(self, response: httpx.Response) -> None:
        """Not now is fine, and so is a busy thread; anything else is not."""
        status = response.status_code
        self._history.refused(status)
        text = (await response.aread()).decode(errors="replace")
        self._last_refusal = f"{status} {text[:300]}"
        if status == 401:
            self._secret = ""  # a session may be lost with a power failure, and a new one is minted
        elif status == 503 and "retry-after" not in response.headers:
            self._history.unexpected.append(f"503 without Retry-After: {text[:200]}")
        elif status not in NOT_NOW and not (status == 400 and "while a run" in text):
            self._history.unexpected.append(f"{status} for {response.request.url.path}: {text[:200]}")
        await self._pause()

    async def _pause(self) -> None:
        await asyncio.sleep(self._chance.uniform(0.02, 0.3))
