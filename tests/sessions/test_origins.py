"""The allowlist of origins, against sixty ways to look like somebody on it."""

import pytest

from chatdock.errors import ConfigurationError
from chatdock.sessions.origins import Origins, same_origin

ALLOWED = Origins(["https://app.example.com", "http://localhost:3000", "https://*.preview.example.com:8443"])
HOST = "chat.example.net"

REFUSED = [
    "https://app.example.com.evil.com",
    "https://evil-app.example.com",
    "https://evilapp.example.com",
    "https://app.example.com.",
    "https://.app.example.com",
    "https://app..example.com",
    "https://sub.app.example.com",
    "https://example.com",
    "https://app.example.org",
    "https://app-example.com",
    "https://appXexample.com",
    "http://app.example.com",
    "ftp://app.example.com",
    "wss://app.example.com",
    "app.example.com",
    "//app.example.com",
    "https:app.example.com",
    "https:/app.example.com",
    "https:///app.example.com",
    "https://app.example.com:8443",
    "https://app.example.com:80",
    "https://app.example.com:0443",
    "https://app.example.com:",
    "https://app.example.com:65979",
    "https://app.example.com:443:443",
    "https://app.example.com/",
    "https://app.example.com/path",
    "https://app.example.com?x",
    "https://app.example.com#x",
    "https://app.example.com\\@evil.com",
    "https://user@app.example.com",
    "https://user:pass@app.example.com",
    "https://app.example.com@evil.com",
    "https://evil.com/https://app.example.com",
    "https://evil.com?https://app.example.com",
    "https://evil.com#https://app.example.com",
    "https://app.example.com%00",
    "https://app.example.com%2eevil.com",
    "https://app.example.com\x00",
    "https://app.example.com\t",
    "\thttps://app.example.com",
    " https://app.example.com",
    "https://app.example.com ",
    "https://app.example.com\n",
    "https://app.example.com\r\nX: y",
    "https://app.example.com, https://evil.com",
    "https://evil.com, https://app.example.com",
    "https://app.example.com https://evil.com",
    "https://аpp.example.com",  # a Cyrillic а
    "https://xn--pp-6kc.example.com",
    "https://app。example.com",  # an ideographic full stop
    "https://ａｐｐ.example.com",  # full-width letters
    "https://app.example.com\u200b",
    "https://app.exampleK.com",  # the Kelvin sign lower-cases to k
    "null",
    "NULL",
    "",
    "*",
    "file://",
    "data:text/html,x",
    "chrome-extension://app.example.com",
    "https://[::1]",
    "https://127.0.0.1",
    "https://preview.example.com:8443",
    "https://a.b.preview.example.com:8443",
    "https://a.preview.example.com",
    "https://.preview.example.com:8443",
    "https://a.preview.example.com.evil.com:8443",
    "https://*.preview.example.com:8443",
    "https://apreview.example.com:8443",
    "http://localhost",
    "http://localhost:3001",
    "https://localhost:3000",
    "https://" + "a" * 5000 + ".example.com",
]


@pytest.mark.parametrize("origin", REFUSED)
def test_only_the_listed_origins_pass(origin: str) -> None:
    assert origin not in ALLOWED
    assert not ALLOWED.allows(origin, HOST, "https")


@pytest.mark.parametrize(
    "origin",
    [
        "https://app.example.com",
        "https://APP.Example.COM",
        "https://app.example.com:443",
        "http://localhost:3000",
        "https://pr-42.preview.example.com:8443",
        "https://x.preview.example.com:8443",
    ],
)
def test_a_listed_origin_passes_however_its_host_is_cased(origin: str) -> None:
    assert ALLOWED.allows(origin, HOST, "https")


def test_a_session_can_narrow_the_list_but_not_widen_it() -> None:
    app = "https://app.example.com"
    assert ALLOWED.allows(app, HOST, "https", only=(app,))
    assert not ALLOWED.allows("http://localhost:3000", HOST, "https", only=(app,))
    assert not ALLOWED.allows("https://evil.com", HOST, "https", only=("https://evil.com",))


@pytest.mark.parametrize(
    ("origin", "host", "scheme", "same"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000", "http", True),
        ("https://chat.example.net", "chat.example.net", "http", True),  # a proxy ended TLS
        ("https://chat.example.net", "chat.example.net:443", "https", True),
        ("http://chat.example.net", "chat.example.net", "https", False),
        ("https://chat.example.net:8443", "chat.example.net", "https", False),
        ("http://[::1]:8000", "[::1]:8000", "http", True),
        ("https://evil.com", "chat.example.net", "https", False),
        ("null", "null", "https", False),
        ("", "", "http", False),
        ("https://chat.example.net", "chat.example.net, evil.com", "https", False),
        ("https://evil.com", "evil.com@chat.example.net", "https", False),
    ],
)
def test_a_page_of_this_server_is_told_by_its_host(origin: str, host: str, scheme: str, same: bool) -> None:
    assert same_origin(origin, host, scheme) is same


@pytest.mark.parametrize(
    "entry",
    ["*", "app.example.com", "https://*", "https://*.com", "https://a.*.example.com", "https://a*.example.com", "null",
     "https://app.example.com/path", "ftp://app.example.com", "https://app.example.com:99999", "https://**.example.com"],
)  # fmt: skip
def test_a_list_that_says_something_else_is_refused_at_start(entry: str) -> None:
    with pytest.raises(ConfigurationError):
        Origins([entry])


def test_a_star_lets_every_well_formed_origin_in_where_it_is_allowed_to_stand() -> None:
    anyone = Origins(["*"], allow_any=True)
    assert "https://anything.example" in anyone
    assert "null" not in anyone
