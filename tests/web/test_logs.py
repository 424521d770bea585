"""Logs: one JSON object a line, whatever is in it, and no secret."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from chatdock.web.logs import configure_logs

SECRETS = {
    "client secret": "ek_7_.eJwdztEabcdefghijklmnop.awFd3w.H_pGl14MxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxY",
    "server key": "sk_cd_4gT0aZq1Lb_AbCdEfGhIjKlMnOpQrStUvWxYz012345678901",
    "model key": "sk-proj-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789",
    "upload token": "t_.eJwdztEabcdefghijklmnop.awFd3w.H_pGl14MxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxY",
    "bearer": "Bearer 0123456789abcdef-opaque",
    "database": "hunter2secret",
    "configured": "any old string of the operator's",
}


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logs("DEBUG", [SECRETS["configured"]], stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    for name in ("chatdock", "uvicorn", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    logging.getLogger("uvicorn.access").propagate = True


def _parsed(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


@pytest.mark.parametrize(
    "value",
    [
        "a\r\nb",
        "a\nlevel: ERROR",
        "\x1b[31mred\x1b[0m",
        "${jndi:ldap://x}",
        "%s %d %(name)s",
        "{0.__class__}",
        "\u2028",
        "\x00",
        "\ud800",
        "\u202egnp",
        '"}{"',
        "é😀",
    ],
)
def test_whatever_a_client_chose_stays_within_its_line(lines: io.StringIO, value: str) -> None:
    logging.getLogger("chatdock.x").info("request", extra={"fields": {"client_request_id": value, "none": None}})
    (line,) = _parsed(lines)
    assert line["client_request_id"] == value and line["message"] == "request" and "none" not in line
    assert lines.getvalue().count("\n") == 1 and lines.getvalue().isascii()


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_secret_never_reaches_the_log(lines: io.StringIO, secret: str) -> None:
    logger = logging.getLogger("chatdock.x")
    shown = f"postgresql://user:{secret}@db/x" if secret == SECRETS["database"] else f"it was {secret} indeed"
    logger.info(shown)
    logger.info("with %s", shown)
    logger.info("fields", extra={"fields": {"value": shown}})
    try:
        raise ValueError(shown)
    except ValueError:
        logger.exception("failed")
    logging.getLogger("uvicorn.error").error(shown)
    logging.getLogger("somebody.else").warning(shown)
    assert len(_parsed(lines)) == 6
    core = secret.removeprefix("Bearer ")
    assert core not in lines.getvalue()
    assert "[redacted]" in lines.getvalue()


def test_a_secret_in_an_address_is_hidden(lines: io.StringIO) -> None:
    logging.getLogger("chatdock.x").warning("GET /chatkit?a=1&token=abcdef&b=2")
    (line,) = _parsed(lines)
    assert line["message"] == "GET /chatkit?a=1&token=[redacted]&b=2"


def test_ordinary_words_and_ids_are_left_alone(lines: io.StringIO) -> None:
    text = "run_03yG1nny6jIOdEjJquYjoGY4Udqq2b of cksess_03yG1nnxGcqUyuHgoCq5Y5ncZ0xeZr at http://127.0.0.1:8000/docs took 1.5 s"
    logging.getLogger("chatdock.x").info(text)
    assert _parsed(lines)[0]["message"] == text


def test_uvicorns_own_lines_go_the_same_way_and_its_access_log_nowhere(lines: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 1)
    logging.getLogger("uvicorn.access").info('%s - "%s"', "1.2.3.4", "GET /?q=private")
    (line,) = _parsed(lines)
    assert line["logger"] == "uvicorn.error" and line["message"] == "Started server process [1]"


def test_other_peoples_chatter_is_not_logged(lines: io.StringIO) -> None:
    logging.getLogger("httpx").info("HTTP Request: POST https://api.example/v1 body=...")
    logging.getLogger("openai").debug("Request options: {'json_data': 'a message'}")
    assert lines.getvalue() == ""
