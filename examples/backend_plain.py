"""Your backend's session endpoint without a framework: a WSGI function, for any server that runs one.

CHATDOCK_URL=http://127.0.0.1:8000 CHATDOCK_API_KEY=... python examples/backend_plain.py 9000
"""

import json
import os
import sys
from collections.abc import Iterable
from http.cookies import SimpleCookie
from wsgiref.simple_server import make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from openai import OpenAI

chatdock = OpenAI(base_url=f"{os.environ['CHATDOCK_URL']}/v1", api_key=os.environ["CHATDOCK_API_KEY"])


def signed_in_user(environ: WSGIEnvironment) -> str | None:
    """Stands for your own login: whom the request belongs to, or nobody."""
    cookie = SimpleCookie(environ.get("HTTP_COOKIE", "")).get("user")
    return cookie.value if cookie else None


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """`POST /chat-session`, which the widget's `getClientSecret` calls."""
    if (environ["REQUEST_METHOD"], environ["PATH_INFO"]) != ("POST", "/chat-session"):
        return _answer(start_response, "404 Not Found", {"error": "not found"})
    user = signed_in_user(environ)
    if user is None:
        return _answer(start_response, "401 Unauthorized", {"error": "sign in first"})
    session = chatdock.beta.chatkit.sessions.create(
        user=user, workflow={"id": os.environ.get("CHATDOCK_WORKFLOW", "wf_demo")}
    )
    return _answer(start_response, "200 OK", {"client_secret": session.client_secret})


def _answer(start_response: StartResponse, status: str, body: dict[str, str]) -> Iterable[bytes]:
    start_response(status, [("Content-Type", "application/json"), ("Cache-Control", "no-store")])
    return [json.dumps(body).encode()]


if __name__ == "__main__":
    with make_server("127.0.0.1", int(sys.argv[1]), app) as server:
        server.serve_forever()
