"""Mounts an HTML snippet as a customer would: a page on their own origin, with `/chat/session` on their own backend."""

import contextlib
import json
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from servers.service import Service


@contextlib.contextmanager
def customer(html: str, service: Service, backend: str | None, port: int) -> Iterator[str]:
    """The page's address. `backend` is where the page's `/chat/session` goes; without one a key is used right here."""
    page = f"<!doctype html><html lang=en><head><meta charset=utf-8><title>A customer</title></head><body><h1>Shop</h1>{html}</body></html>"

    class Handler(BaseHTTPRequestHandler):
        """One page and one route."""

        def do_GET(self) -> None:
            known = self.path == "/"
            self._send(200 if known else 404, "text/html; charset=utf-8", page.encode() if known else b"")

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self._send(200, "application/json", _session(service, backend))

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _session(service: Service, backend: str | None) -> bytes:
    if backend is not None:
        request = urllib.request.Request(f"{backend}/chat/session", data=b"{}", method="POST")
    else:
        body = json.dumps({"user": "reader", "workflow": {"id": "wf_demo"}}).encode()
        headers = {"Authorization": f"Bearer {service.key}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{service.url}/v1/chatkit/sessions", data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as reply:
        return bytes(reply.read())
