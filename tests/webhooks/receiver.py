"""A real receiver of webhooks on loopback, which answers as it is told: fails, stalls, redirects, accepts."""

import base64
import contextlib
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

NETWORK = "127.0.0.0/8"
WAIT_SECONDS = 60.0


class Request:
    """One that came: path, headers and the bytes of the body."""

    def __init__(self, path: str, headers: dict[str, str], body: bytes) -> None:
        self.path = path
        self.headers = headers
        self.body = body

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def message(self) -> Any:
        return json.loads(self.body)

    def signed_by(self, secret: str) -> bool:
        """What the specification says, written out here a second time."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        text = f"{self.id}.{self.headers['webhook-timestamp']}.{self.body.decode()}"
        wanted = "v1," + base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()
        return wanted in self.headers["webhook-signature"].split(" ")


class Receiver:
    """`answers` are given one after the other, the last one for ever: a status, `stall`, `redirect`, `endless`, or `held`,
    which is a 410 once `let_go` is set.
    """

    def __init__(self, answers: Sequence[int | str]) -> None:
        self.requests: list[Request] = []
        self.answers = list(answers)
        self.headers: dict[str, str] = {}  # of every answer
        self.over = threading.Event()
        self.let_go = threading.Event()
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            """Whatever is asked."""

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                with receiver._lock:
                    receiver.requests.append(Request(self.path, headers, body))
                    answer = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
                with contextlib.suppress(OSError):
                    self.answer(answer)

            def do_GET(self) -> None:
                self.do_POST()

            def answer(self, answer: int | str) -> None:
                if answer == "stall":
                    receiver.over.wait(WAIT_SECONDS)
                    return
                if answer == "held":
                    receiver.let_go.wait(WAIT_SECONDS)
                    answer = 410
                self.send_response(307 if answer == "redirect" else 200 if answer == "endless" else int(answer))
                if answer == "redirect":
                    self.send_header("location", f"{receiver.url}/elsewhere")
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                if answer != "endless":
                    self.send_header("content-length", "0")
                self.end_headers()
                while answer == "endless" and not receiver.over.is_set():
                    self.wfile.write(b"x" * 65_536)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def wait(self, count: int) -> list[Request]:
        """The first `count` that came; fails where they do not."""
        until = time.monotonic() + WAIT_SECONDS
        while len(self.requests) < count:
            assert time.monotonic() < until, [request.message for request in self.requests]
            time.sleep(0.02)
        return self.requests[:count]

    def close(self) -> None:
        self.over.set()
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextlib.contextmanager
def receiving(*answers: int | str) -> Iterator[Receiver]:
    """For the length of the block; without answers, everything is accepted."""
    receiver = Receiver(answers or (204,))
    try:
        yield receiver
    finally:
        receiver.close()
