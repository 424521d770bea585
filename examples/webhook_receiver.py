"""A backend that is told of chats by webhooks and believes only what is signed, in plain Python.

    CHATDOCK_WEBHOOK_SECRETS=whsec_... python webhook_receiver.py 9000

Several secrets, separated by spaces, are good at once: while one is rolled, keep the old one beside the new one.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_SECONDS = 300  # an older request is a replay
MAX_BODY_BYTES = 1_000_000
SECRETS = [base64.b64decode(each.removeprefix("whsec_")) for each in os.environ["CHATDOCK_WEBHOOK_SECRETS"].split()]
seen: set[str] = set()  # a real backend keeps this in its database: a delivery may come twice, under one id


def is_genuine(headers, body: bytes) -> bool:
    """Whether one of the signatures was made with one of our secrets, a moment ago."""
    delivery, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    signed = f"{delivery}.{timestamp}.".encode() + body
    wanted = [b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()) for key in SECRETS]
    given = headers.get("webhook-signature", "").encode().split(b" ")
    return any(hmac.compare_digest(one, other) for one in given for other in wanted)


class Receiver(BaseHTTPRequestHandler):
    """`POST /chat-events`: 401 for what is not ours, 204 for what was taken."""

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("content-length") or 0), MAX_BODY_BYTES))
        if self.path != "/chat-events" or not is_genuine(self.headers, body):
            self.answer(401)
            return
        delivery = self.headers["webhook-id"]
        if delivery not in seen:
            seen.add(delivery)
            message = json.loads(body)
            print(delivery, message["type"], message["data"].get("run_id", message["data"]["thread_id"]), flush=True)
        self.answer(204)  # soon: work that takes longer is done afterwards

    def answer(self, status: int) -> None:
        """Without a body."""
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Only what was taken is printed."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
