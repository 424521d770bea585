"""The widget's files: any site may load them, browsers keep what never changes, and a missing build says what to do."""

import base64
import gzip
import hashlib
import json
import os
from pathlib import Path

import pytest
from starlette.responses import Response

from chatdock.errors import NotFound
from chatdock.web.assets import Assets
from web.served import Served


def _build(directory: Path, version: str = "1.2.3", text: str = "console.log(1)") -> None:
    files = {}
    for name in ("chatdock.js", "app-ABCD1234.js"):
        data = text.encode() * 50
        (directory / name).write_bytes(data)
        (directory / f"{name}.gz").write_bytes(gzip.compress(data))
        (directory / f"{name}.br").write_bytes(b"brotli" + data[:10])
        sri = "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode()
        files[name] = {"sri": sri, "bytes": len(data), "gzip_bytes": 10}
    (directory / "manifest.json").write_text(json.dumps({"version": version, "files": files}))


@pytest.fixture
def assets(tmp_path: Path) -> Assets:
    _build(tmp_path)
    return Assets(tmp_path)


def test_any_site_may_load_it(assets: Assets) -> None:
    answer = assets.response("chatdock.js", "", "")
    assert answer.status_code == 200 and answer.body == b"console.log(1)" * 50
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    ("path", "forever"),
    [
        ("chatdock.js", False),
        ("1.2.3/chatdock.js", True),
        ("app-ABCD1234.js", True),
        ("1.2.3/app-ABCD1234.js", True),
        ("manifest.json", False),
    ],
)
def test_only_what_never_changes_is_kept_for_ever(assets: Assets, path: str, forever: bool) -> None:
    assert ("immutable" in assets.response(path, "", "").headers["cache-control"]) is forever


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        ("", None), ("identity", None), ("gzip", "gzip"), ("br", "br"), ("gzip, deflate, br, zstd", "br"), ("gzip;q=1.0, br;q=0", "gzip"),
        ("br;q=0, gzip; q=0.000", None), ("GZIP", "gzip"), ("deflate", None), ("*", None), ("brotli", None),
    ],
)  # fmt: skip
def test_the_smallest_twin_that_is_accepted_is_sent(assets: Assets, accept: str, encoding: str | None) -> None:
    answer = assets.response("chatdock.js", accept, "")
    assert answer.headers.get("content-encoding") == encoding
    assert int(answer.headers["content-length"]) == len(answer.body)


def test_what_a_browser_has_is_not_sent_again(assets: Assets) -> None:
    first = assets.response("chatdock.js", "gzip", "")
    again = assets.response("chatdock.js", "gzip", f'"other", {first.headers["etag"]}')
    assert again.status_code == 304 and again.body == b"" and again.headers["etag"] == first.headers["etag"]
    assert assets.response("chatdock.js", "br", first.headers["etag"]).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["", "nothing.js", "../manifest.json", "1.2.2/chatdock.js", "1.2.3/../chatdock.js", "1.2.3/1.2.3/chatdock.js", "/etc/passwd",
     "chatdock.js.gz", "1.2.3/", "chatdock.js/", "..%2fmanifest.json", "\x00"],
)  # fmt: skip
def test_only_files_of_this_build_are_there(assets: Assets, path: str) -> None:
    with pytest.raises(NotFound):
        assets.response(path, "", "")


def test_a_new_build_is_served_without_a_restart(assets: Assets, tmp_path: Path) -> None:
    old = assets.response("chatdock.js", "", "")
    _build(tmp_path, "1.2.4", "console.log(2)")
    os.utime(tmp_path / "manifest.json", ns=(1, 1))
    new = assets.response("1.2.4/chatdock.js", "", "")
    assert new.body != old.body and new.headers["etag"] != old.headers["etag"]


def test_a_missing_build_says_how_to_make_it(tmp_path: Path) -> None:
    answer: Response = Assets(tmp_path / "nothing").response("chatdock.js", "", "")
    assert answer.status_code == 503 and b"make widget" in answer.body
    assert answer.headers["content-type"].startswith("text/plain")


def test_the_hash_to_pin_is_that_of_the_bytes_served(assets: Assets) -> None:
    manifest = assets.manifest()
    assert manifest is not None
    body = assets.response("1.2.3/chatdock.js", "", "").body
    assert manifest.files["chatdock.js"].sri == "sha384-" + base64.b64encode(hashlib.sha384(body).digest()).decode()


def test_the_door_serves_it_with_head_and_get(served: Served) -> None:
    answer = served.http.get("/widget/chatdock.js", headers={"origin": "https://anywhere.example"})
    assert answer.status_code in (200, 503)  # built or not
    assert answer.headers["access-control-allow-origin"] == "*"
    assert served.http.head("/widget/chatdock.js").status_code == answer.status_code
    assert served.http.get("/widget/..%2f..%2fparts.py").status_code in (404, 503)
