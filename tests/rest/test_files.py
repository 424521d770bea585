"""Files: in by either road, out as something nothing executes, and nobody else's."""

import io
import json
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from chatdock.errors import NotFound, Unavailable
from chatdock.storage.sql.files import SqlFiles
from chatdock.types.attachment import StoredFile
from chatdock.web.rest.kinds import clean_name, sniff
from web.served import APP_ORIGIN, SERVER_KEY, Served, serving, settings, text_message

UPLOADS = {"file_upload": {"enabled": True, "max_file_size": 1, "max_files": 100}}


def image(kind: str = "PNG", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **options)
    return out.getvalue()


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def served(data_dir: Path) -> Iterator[Served]:
    """Where uploads may have two megabytes at most."""
    with serving(settings(data_dir, max_upload_bytes=2 * 1024 * 1024)) as served:
        yield served


@pytest.fixture
def secret(served: Served) -> str:
    minted: str = served.mint("ada", chatkit_configuration=UPLOADS)["client_secret"]
    return minted


def _bearer(secret: str, **headers: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}", **headers}


def _upload(
    served: Served, secret: str, name: str, data: bytes, kind: str = "application/octet-stream"
) -> httpx.Response:
    return served.http.post("/v1/chatkit/files", files={"file": (name, data, kind)}, headers=_bearer(secret))


def _blobs(data_dir: Path) -> list[Path]:
    return [path for path in (data_dir / "files").rglob("*") if path.is_file()]


# ---- a store that does not answer ----------------------------------------------------------------------------------


@pytest.mark.parametrize("is_committed", [True, False])
def test_bytes_whose_row_could_not_be_confirmed_go_with_it_or_are_left_to_the_sweeper(
    served: Served, secret: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch, is_committed: bool
) -> None:
    save, saved = SqlFiles.save, []

    async def save_and_lose_the_answer(self: SqlFiles, file: StoredFile) -> None:
        saved.append(file)
        if is_committed:
            await save(self, file)
        raise Unavailable("the answer was lost")

    monkeypatch.setattr(SqlFiles, "save", save_and_lose_the_answer)
    before = {path.name for path in _blobs(data_dir)}
    assert _upload(served, secret, "a.png", image()).status_code == 503
    left = {path.name for path in _blobs(data_dir)} - before
    assert left == (set() if is_committed else set(saved[0].blob_ids))
    assert served.http.get(f"/v1/chatkit/files/{saved[0].id}", headers=_bearer(secret)).status_code == 404


def test_nothing_is_left_of_an_upload_whose_file_was_taken_back_meanwhile(
    served: Served, secret: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def save(self: SqlFiles, file: StoredFile) -> None:
        raise NotFound("No such file.")

    monkeypatch.setattr(SqlFiles, "save", save)
    before = len(_blobs(data_dir))
    assert _upload(served, secret, "a.png", image()).status_code == 404
    assert len(_blobs(data_dir)) == before


# ---- direct --------------------------------------------------------------------------------------------------------


def test_a_text_file_goes_in_and_comes_out_as_an_attachment_to_save(served: Served, secret: str) -> None:
    answer = _upload(served, secret, "notes.md", b"# Hello\n\nworld", "text/markdown")
    assert answer.status_code == 200
    file = answer.json()
    assert file == {"type": "file", "id": file["id"], "name": "notes.md", "mime_type": "text/markdown"}
    assert file["id"].startswith("catt_")
    out = served.http.get(f"/v1/chatkit/files/{file['id']}", headers=_bearer(secret))
    assert out.content == b"# Hello\n\nworld"
    assert out.headers["content-disposition"] == "attachment; filename*=UTF-8''notes.md"
    assert out.headers["content-type"] == "text/plain; charset=utf-8"
    assert out.headers["x-content-type-options"] == "nosniff"
    assert out.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert out.headers["cross-origin-resource-policy"] == "cross-origin"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_an_image_is_shown_only_as_we_encoded_it(served: Served, secret: str, kind: str) -> None:
    data = image(kind, (3000, 1500)) + b"<script>alert(1)</script>"
    file = _upload(served, secret, "photo.bin", data).json()
    assert file["type"] == "image" and file["mime_type"] == f"image/{kind.lower()}"
    shown = served.http.get(file["preview_url"])
    assert shown.status_code == 200 and shown.headers["content-type"] == "image/webp"
    assert b"script" not in shown.content
    with Image.open(io.BytesIO(shown.content)) as preview:
        assert preview.size == (1280, 640) and preview.format == "WEBP"
    assert shown.headers["content-security-policy"].startswith("sandbox")
    original = served.http.get(f"/v1/chatkit/files/{file['id']}", headers=_bearer(secret))
    assert original.content == data and original.headers["content-disposition"].startswith("attachment")


def test_a_preview_stands_upright_and_tells_no_place(served: Served, secret: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lay on its side
    exif[0x010E] = "secret place"
    file = _upload(served, secret, "side.jpg", image("JPEG", (80, 40), exif=exif)).json()
    shown = served.http.get(file["preview_url"]).content
    with Image.open(io.BytesIO(shown)) as preview:
        assert preview.size == (40, 80) and not preview.getexif()
    assert b"secret place" not in shown


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.pdf", b"%PDF-1.7\n...", "application/pdf"),
        ("a.csv", b"a,b\n1,2\n", "text/csv"),
        ("a.json", b'{"a": "<b>"}', "application/json"),
        ("a.txt", "Grüße 😀".encode(), "text/plain"),
        ("main.py", b"import os\n", "text/plain"),
        ("noext", b"plain", "text/plain"),
        ("a.docx", b"PK\x03\x04....", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "application/vnd.ms-excel"),
        ("fake.png", b"%PDF-1.4 not an image", "application/pdf"),
    ],
)
def test_what_a_file_is_its_bytes_say(served: Served, secret: str, name: str, data: bytes, kind: str) -> None:
    answer = _upload(served, secret, name, data, "image/png")
    assert answer.status_code == 200 and answer.json()["mime_type"] == kind


HOSTILE = {
    "html": ("page.html", b"<html><script>alert(1)</script>"),
    "html by its bytes": ("page.txt", b"  \n<!DOCTYPE HTML><script>alert(1)</script>"),
    "a script tag": ("x.txt", b"<script>alert(1)</script>"),
    "svg": ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    "svg by its bytes": ("a.png", b"<?xml version='1.0'?><svg onload='alert(1)'/>"),
    "svg behind a byte order mark": ("a.txt", b"\xef\xbb\xbf<svg onload='alert(1)'/>"),
    "xml entities": ("a.xml", b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]>"),
    "a comment first": ("a.txt", b"<!-- x --><html>"),
    "jpg.html": ("photo.jpg.html", b"hello"),
    "an executable": ("a.exe", b"MZ\x90\x00\x03"),
    "elf": ("a", b"\x7fELF\x02\x01\x01\x00"),
    "a bare zip": ("a.zip", b"PK\x03\x04...."),
    "utf-16": ("a.txt", "<script>".encode("utf-16")),
    "nul": ("a.txt", b"a\x00b"),
    "a broken png": ("a.png", b"\x89PNG\r\n\x1a\n" + b"garbage" * 20),
    "a png cut short": ("a.png", image()[:60]),
    "a gif and script": ("a.gif", b"GIF89a/*" + b"\x00" * 20 + b"*/=alert(1)"),
    "random": ("a.bin", bytes(range(256))),
}


@pytest.mark.parametrize(("name", "data"), HOSTILE.values(), ids=HOSTILE)
def test_what_could_do_harm_is_refused_and_leaves_nothing(
    served: Served, secret: str, data_dir: Path, name: str, data: bytes
) -> None:
    before = _blobs(data_dir)
    answer = _upload(served, secret, name, data, "image/png")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "chatkit.file_upload_type_rejected"
    assert _blobs(data_dir) == before


def test_an_image_of_a_hundred_million_pixels_is_refused_quickly(served: Served, secret: str) -> None:
    out = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(out, "PNG")
    began = time.monotonic()
    assert _upload(served, secret, "bomb.png", out.getvalue()).status_code == 400
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Grüße 😀.txt", "Grüße 😀.txt"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/etc/passwd", "passwd"),
        ("..", "file"),
        ("", "file"),
        ("a\x00b.txt", "ab.txt"),
        ("evil\u202etxt.exe", "eviltxt.exe"),
        ('a";x="b.txt', 'a";x="b.txt'),
        ("a;b,c.txt", "a;b,c.txt"),
        ("con trol\x07.txt", "con trol.txt"),
        ("ä" * 400 + ".txt", "ä" * 125 + ".txt"),
        ("%2e%2e%2fx.txt", "%2e%2e%2fx.txt"),
    ],
)
def test_a_name_is_only_ever_shown(name: str, shown: str) -> None:
    assert clean_name(name) == shown
    assert len(clean_name(name).encode()) <= 255


@pytest.mark.parametrize(
    "name", ['a"b.txt', "a;b.txt", "Grüße 😀.txt", "a%0d%0ab.txt", "a'b.txt", "a\\b.txt", "näme*.txt"]
)
def test_a_name_comes_back_exactly_in_one_header(served: Served, secret: str, name: str) -> None:
    boundary = "b0undary"
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    body = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{escaped}"\r\n\r\nhello\r\n--{boundary}--\r\n'
    answer = served.http.post(
        "/v1/chatkit/files",
        content=body.encode(),
        headers=_bearer(secret, **{"content-type": f"multipart/form-data; boundary={boundary}"}),
    )
    stored = answer.json()["name"]
    assert stored == clean_name(name)
    out = served.http.get(f"/v1/chatkit/files/{answer.json()['id']}", headers=_bearer(secret))
    assert out.headers.get_list("content-disposition") == [
        f"attachment; filename*=UTF-8''{urllib.parse.quote(stored, safe='')}"
    ]


@pytest.mark.parametrize(("name", "shown"), [('say "hi".txt', 'say "hi".txt'), ("two\r\nlines.txt", "twolines.txt")])
def test_a_name_as_browsers_write_it_is_read_back(served: Served, secret: str, name: str, shown: str) -> None:
    answer = _upload(served, secret, name, b"hello", "text/plain")  # httpx escapes as browsers do: %22, %0D, %0A
    assert answer.json()["name"] == shown


def test_uploads_are_off_until_the_session_has_them_on(served: Served) -> None:
    secret = served.mint("ada")["client_secret"]
    answer = _upload(served, secret, "a.txt", b"hello")
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "chatkit.file_upload_disabled"
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_a_file_past_its_sessions_limit_is_cut_off_while_it_comes(served: Served, secret: str, data_dir: Path) -> None:
    before, sent = _blobs(data_dir), 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        for _ in range(2000):
            sent += 65_536
            yield b"a" * 65_536

    try:
        answer = served.http.post(
            "/v1/chatkit/files",
            content=endless(),
            headers=_bearer(secret, **{"content-type": "multipart/form-data; boundary=b"}),
        )
        assert answer.status_code == 413
    except httpx.TransportError:
        pass  # the connection was gone before the answer was read
    assert sent < 60_000_000  # of 131: the rest is what the kernel took on the way
    assert _blobs(data_dir) == before


def test_a_session_may_hold_so_many_unsent_files_and_no_more(served: Served) -> None:
    secret = served.mint(chatkit_configuration={"file_upload": {"enabled": True, "max_files": 2}})["client_secret"]
    first = _upload(served, secret, "a.txt", b"hello").json()
    assert _upload(served, secret, "b.txt", b"hello").status_code == 200
    refused = _upload(served, secret, "c.txt", b"hello")
    assert refused.status_code == 400 and refused.json()["error"]["code"] == "chatkit.file_upload_limit_reached"
    assert served.chat(secret, "attachments.delete", {"attachment_id": first["id"]}).json() == {}
    assert _upload(served, secret, "c.txt", b"hello").status_code == 200


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/form-data", b"--b--", 415),
        ("multipart/form-data; boundary=b", b"", 400),
        ("multipart/form-data; boundary=b", b"garbage", 400),
        ("multipart/form-data; boundary=b", b"--b--\r\n", 400),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n--b--\r\n', 400),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf', 400),
        ("multipart/form-data; boundary=b", b'--b\r\nX: ' + b"a" * 100_000 + b"\r\n\r\nx\r\n--b--\r\n", 400),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n' + b"a" * 100_000 + b"\r\n--b--\r\n", 400),
    ],
)  # fmt: skip
def test_a_form_that_is_broken_is_a_4xx(
    served: Served, secret: str, content_type: str, body: bytes, status: int
) -> None:
    answer = served.http.post(
        "/v1/chatkit/files", content=body, headers=_bearer(secret, **{"content-type": content_type})
    )
    assert answer.status_code == status, answer.text


def test_an_empty_file_is_text(served: Served, secret: str) -> None:
    assert _upload(served, secret, "empty.txt", b"").status_code == 200


# ---- two phases ----------------------------------------------------------------------------------------------------


def _announce(served: Served, secret: str, name: str, size: int, mime_type: str) -> httpx.Response:
    return served.chat(secret, "attachments.create", {"name": name, "size": size, "mime_type": mime_type})


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize("form", [True, False])
def test_an_announced_file_takes_its_bytes_raw_or_in_a_form(
    served: Served, secret: str, method: str, form: bool
) -> None:
    data = image()
    file = _announce(served, secret, "a.png", len(data), "image/png").json()
    descriptor = file["upload_descriptor"]
    assert file["type"] == "image" and descriptor["method"] == "PUT"
    assert served.http.get(file["preview_url"]).status_code == 404  # not there yet
    body: dict[str, Any] = {"files": {"file": ("a.png", data)}} if form else {"content": data}
    sent = served.http.request(
        method, descriptor["url"], headers={**descriptor["headers"], "origin": APP_ORIGIN}, **body
    )
    assert sent.status_code == 200 and sent.json()["id"] == file["id"] and "upload_descriptor" not in sent.json()
    assert sent.headers["access-control-allow-origin"] == APP_ORIGIN
    assert served.http.get(file["preview_url"]).status_code == 200


def test_an_upload_token_is_for_one_file_once(served: Served, secret: str) -> None:
    one = _announce(served, secret, "a.txt", 5, "text/plain").json()["upload_descriptor"]
    two = _announce(served, secret, "b.txt", 5, "text/plain").json()["upload_descriptor"]
    assert served.http.put(two["url"], content=b"hello", headers=one["headers"]).status_code == 401
    assert served.http.put(one["url"], content=b"hello", headers={}).status_code == 401
    assert served.http.put(one["url"], content=b"hello", headers=_bearer(secret)).status_code == 401
    assert (
        served.http.put(
            one["url"], content=b"hello", headers={**one["headers"], "origin": "https://evil.example"}
        ).status_code
        == 403
    )
    assert served.http.put(one["url"], content=b"hello", headers=one["headers"]).status_code == 200
    again = served.http.put(one["url"], content=b"other", headers=one["headers"])
    assert again.status_code == 400


def test_an_upload_token_dies_with_its_session(served: Served) -> None:
    session = served.mint(chatkit_configuration=UPLOADS)
    descriptor = _announce(served, session["client_secret"], "a.txt", 5, "text/plain").json()["upload_descriptor"]
    served.sdk().beta.chatkit.sessions.cancel(session["id"])
    answer = served.http.put(descriptor["url"], content=b"hello", headers=descriptor["headers"])
    assert answer.status_code == 401 and answer.json()["error"]["code"] == "session_cancelled"


def test_the_address_of_a_preview_dies_with_the_session_it_was_made_for(served: Served) -> None:
    one, other = (served.mint("eve", chatkit_configuration=UPLOADS) for _ in range(2))
    file = _upload(served, one["client_secret"], "a.png", image()).json()
    created = served.chat(
        one["client_secret"], "threads.create", {"input": {**text_message("look"), "attachments": [file["id"]]}}
    )
    thread_id = json.loads(created.text.split("\n\n")[0][6:])["thread"]["id"]

    def address_for(session: dict[str, Any]) -> str:
        items = served.chat(session["client_secret"], "items.list", {"thread_id": thread_id}).json()["data"]
        return str(next(item for item in items if item["type"] == "user_message")["attachments"][0]["preview_url"])

    addresses = [file["preview_url"], address_for(one)]
    elsewhere = address_for(other)
    assert all(served.http.get(address).status_code == 200 for address in [*addresses, elsewhere])
    served.sdk().beta.chatkit.sessions.cancel(one["id"])
    assert [served.http.get(address).status_code for address in addresses] == [404, 404]
    assert served.http.get(elsewhere).status_code == 200, "another session's address goes on"
    (message,) = (
        each for each in served.sdk().beta.chatkit.threads.list_items(thread_id) if each.type == "chatkit.user_message"
    )
    assert served.http.get(str(message.attachments[0].preview_url)).status_code == 200, (
        "the backend's own has no session"
    )


@pytest.mark.parametrize(
    ("name", "size", "kind", "status", "code"),
    [
        ("a.txt", 2_000_000, "text/plain", 413, "too_large"),
        ("a.svg", 10, "image/svg+xml", 400, "chatkit.file_upload_type_rejected"),
        ("a.html", 10, "text/html", 400, "chatkit.file_upload_type_rejected"),
        ("a.exe", 10, "application/x-msdownload", 400, "chatkit.file_upload_type_rejected"),
        ("a.mp4", 10, "video/mp4", 400, "chatkit.file_upload_type_rejected"),
        ("", 10, "text/plain", 400, "invalid_value"),
        ("a.txt", -1, "text/plain", 400, "invalid_value"),
    ],
)
def test_an_announcement_that_cannot_end_well_is_refused_at_once(
    served: Served, secret: str, name: str, size: int, kind: str, status: int, code: str
) -> None:
    answer = _announce(served, secret, name, size, kind)
    assert answer.status_code == status and answer.json()["error"]["code"] == code


def test_bytes_of_another_kind_than_announced_are_refused_and_may_be_sent_again(served: Served, secret: str) -> None:
    descriptor = _announce(served, secret, "a.png", len(image()), "image/png").json()["upload_descriptor"]
    wrong = served.http.put(descriptor["url"], content=b"hello", headers=descriptor["headers"])
    assert wrong.status_code == 400 and wrong.json()["error"]["code"] == "chatkit.file_upload_type_rejected"
    assert served.http.put(descriptor["url"], content=image(), headers=descriptor["headers"]).status_code == 200


def test_more_bytes_than_were_announced_are_a_413(served: Served, secret: str, data_dir: Path) -> None:
    descriptor = _announce(served, secret, "a.txt", 5, "text/plain").json()["upload_descriptor"]
    before = _blobs(data_dir)
    assert served.http.put(descriptor["url"], content=b"abcdef", headers=descriptor["headers"]).status_code == 413
    assert _blobs(data_dir) == before
    assert served.http.put(descriptor["url"], content=b"abcde", headers=descriptor["headers"]).status_code == 200


def test_bytes_past_the_limit_are_a_413(served: Served, secret: str, data_dir: Path) -> None:
    descriptor = _announce(served, secret, "a.txt", 5, "text/plain").json()["upload_descriptor"]
    before = _blobs(data_dir)
    answer = served.http.put(descriptor["url"], content=b"a" * (1024 * 1024 + 1), headers=descriptor["headers"])
    assert answer.status_code == 413 and _blobs(data_dir) == before


# ---- whose ---------------------------------------------------------------------------------------------------------


def test_another_users_file_is_not_there(served: Served, secret: str) -> None:
    file = _upload(served, secret, "a.txt", b"private").json()
    for other in (
        served.mint("eve", chatkit_configuration=UPLOADS)["client_secret"],
        served.mint("ada", "wf_demo", chatkit_configuration=UPLOADS)["client_secret"],
    ):
        foreign = served.http.get(f"/v1/chatkit/files/{file['id']}", headers=_bearer(other))
        unknown = served.http.get("/v1/chatkit/files/catt_nowhere", headers=_bearer(other))
        assert foreign.status_code == unknown.status_code == 404
        assert served.chat(other, "attachments.delete", {"attachment_id": file["id"]}).status_code == 404
        message = {**text_message("look"), "attachments": [file["id"]]}
        assert served.chat(other, "threads.create", {"input": message}).status_code == 404
    assert served.http.get(f"/v1/chatkit/files/{file['id']}").status_code == 401
    assert served.http.get(f"/v1/chatkit/files/{file['id']}", headers=_bearer(SERVER_KEY)).status_code == 200


def test_a_preview_of_one_file_shows_no_other(served: Served, secret: str) -> None:
    one, two = (_upload(served, secret, "a.png", image()).json() for _ in range(2))
    token = one["preview_url"].rpartition("/")[2]
    assert served.http.get(f"/v1/chatkit/files/{two['id']}/preview/{token}").status_code == 404
    assert served.http.get(f"/v1/chatkit/files/{one['id']}/preview/{token[:-1]}").status_code == 404


@pytest.mark.parametrize("file_id", ["..%2f..%2fetc%2fpasswd", "....", "%00", "catt_" + "x" * 300, "é", "blob_x"])
def test_an_id_is_never_a_path(served: Served, secret: str, file_id: str) -> None:
    assert served.http.get(f"/v1/chatkit/files/{file_id}", headers=_bearer(secret)).status_code == 404


def test_a_sent_image_can_be_looked_at_from_the_history_and_goes_with_its_thread(
    served: Served, secret: str, data_dir: Path
) -> None:
    file = _upload(served, secret, "a.png", image()).json()
    before = len(_blobs(data_dir))
    stream = served.chat(secret, "threads.create", {"input": {**text_message("look"), "attachments": [file["id"]]}})
    assert stream.status_code == 200
    thread_id = json.loads(stream.text.split("\n")[0].removeprefix("data: "))["thread"]["id"]
    (thread,) = [each for each in served.sdk().beta.chatkit.threads.list(limit=100) if each.id == thread_id]
    (message,) = [
        item for item in served.sdk().beta.chatkit.threads.list_items(thread.id) if item.type == "chatkit.user_message"
    ]
    (attachment,) = message.attachments
    assert (attachment.type, attachment.name) == ("image", "a.png")
    assert served.http.get(str(attachment.preview_url)).status_code == 200
    assert served.chat(secret, "attachments.delete", {"attachment_id": file["id"]}).status_code == 400
    served.sdk().beta.chatkit.threads.delete(thread_id)
    assert served.http.get(str(attachment.preview_url)).status_code == 404
    assert len(_blobs(data_dir)) == before - 2


def test_a_page_that_may_not_chat_may_not_upload(served: Served, secret: str) -> None:
    answer = served.http.post(
        "/v1/chatkit/files", files={"file": ("a.txt", b"x")}, headers=_bearer(secret, origin="https://evil.example")
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("head", [b"", b"\xef\xbb\xbfhello", "é".encode()[:1], b"a" * 4095 + "é".encode()[:1]])
def test_text_may_be_cut_in_the_middle_of_a_character(head: bytes) -> None:
    assert sniff(head, "a.txt") == "text/plain"
