"""Holds what clients saw against what is stored, once everything is mended and has come to rest."""

import json
import time
from collections import Counter
from itertools import pairwise
from typing import Any

import httpx

from chaos.history import History, Post
from chatdock.eventlog.base import DISTANCE

REST_SECONDS = 120.0  # for what was left behind to be found and ended
ACTIVE = frozenset({"queued", "in_progress", "cancelling"})


class Checker:
    """Asks one replica, as a backend does. `violations` are sentences."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.Client(base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=60)
        self.violations: list[str] = []
        self.runs: Counter[str] = Counter()
        self.frames = 0
        self.whole = 0  # runs whose every frame a client saw
        self.taken_over = 0  # of them, those that more than one process wrote

    def check(self, history: History) -> None:
        """Everything, user by user."""
        self.violations += [f"unexpected: {each}" for each in history.unexpected]
        for user in sorted({post.user for post in history.posts}):
            self._user([post for post in history.posts if post.user == user], self._export(user))
        self._http.close()

    def _export(self, user: str) -> list[dict[str, Any]]:
        """The user's threads, once nothing is at work on them any more."""
        until = time.monotonic() + REST_SECONDS
        while True:
            answer = self._http.get(f"/v1/chatkit/users/{user}/export")
            threads: list[dict[str, Any]] = answer.json()["threads"] if answer.status_code == 200 else []
            active = [run["id"] for thread in threads for run in thread["runs"] if run["status"] in ACTIVE]
            if answer.status_code == 200 and not active:
                return threads
            if time.monotonic() > until:
                self.violations.append(f"still at work {REST_SECONDS:.0f} s after everything was mended: {active}")
                return threads
            time.sleep(0.5)

    def _user(self, posts: list[Post], threads: list[dict[str, Any]]) -> None:
        said = Counter(
            item["quoted_text"] for thread in threads for item in thread["items"] if item["type"] == "user_message"
        )
        runs = {run["id"]: run for thread in threads for run in thread["runs"]}
        self.runs.update(run["status"] for run in runs.values())
        sent = Counter(run["client_message_id"] for run in runs.values())
        self.violations += [f"{key} has {count} runs" for key, count in sent.items() if count > 1]
        for post in posts:
            self._post(post, said[post.nonce], runs, threads)

    def _post(self, post: Post, copies: int, runs: dict[str, dict[str, Any]], threads: list[dict[str, Any]]) -> None:
        if copies > 1 or (post.acknowledged and copies != 1):
            self.violations.append(
                f"{post.client_message_id} is stored {copies} times, acknowledged: {post.acknowledged}"
            )
        if len(post.run_ids) > 1:
            self.violations.append(f"{post.client_message_id} was answered by {len(post.run_ids)} runs")
        watched = post.watched
        if watched is None:
            return
        self.violations += [f"{watched.run_id}: {fault}" for fault in watched.faults]
        run = runs.get(watched.run_id)
        if run is None:
            self.violations.append(f"{watched.run_id} was acknowledged and is not stored")
            return
        self.frames += len(watched.frames)
        if watched.was_reset or not watched.ended:
            return
        # The row's last frame is the last that was seen, of runs that a crash cut off, too. Numbers are gapless, but for what
        # each new owner leaves empty behind its predecessor: exactly DISTANCE, and nothing that anybody was shown.
        seen = [0, *sorted(watched.frames)]
        gaps = [(before, after) for before, after in pairwise(seen) if (after - before - 1) % DISTANCE]
        if gaps or seen[-1] != run["last_seq"]:
            self.violations.append(
                f"{watched.run_id} ({run['status']}) ends with frame {run['last_seq']}; {len(watched.frames)} were seen up to"
                f" {seen[-1]}, with gaps {gaps[:5]}"
            )
            return
        self.taken_over += any(after - before > 1 for before, after in pairwise(seen))
        self.whole += 1
        self._text(post, run, threads)

    def _text(self, post: Post, run: dict[str, Any], threads: list[dict[str, Any]]) -> None:
        """What was streamed is what is stored, of an answer that a crash cut off, too."""
        assert post.watched is not None
        deltas: dict[str, str] = {}
        for _, data in sorted(post.watched.frames.items()):
            event = json.loads(data)
            if event["type"] == "thread.item.updated" and event["update"]["type"].endswith("text_delta"):
                deltas[event["item_id"]] = deltas.get(event["item_id"], "") + event["update"]["delta"]
            elif event["type"] == "thread.item.removed":
                deltas.pop(event["item_id"], None)
        stored = {
            item["id"]: item["content"][0]["text"] if item["content"] else ""
            for thread in threads
            for item in thread["items"]
            if item["type"] == "assistant_message"
        }
        for item_id, text in deltas.items():
            kept = stored.get(item_id, "")
            if kept != text:
                self.violations.append(
                    f"{run['id']} ({run['status']}): {len(text)} characters were streamed, {len(kept)} others are stored"
                )
        if run["status"] == "completed" and list(deltas.values()) != [post.answer]:
            self.violations.append(f"{run['id']} is completed and was not answered with {post.words} words")
