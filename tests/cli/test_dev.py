"""`chatdock dev`: keys it makes and keeps, a page at `/`, and a new start whenever a file changes."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from chatdock.cli.reload import changed, snapshot
from cli.command import Command
from servers.processes import free_port
from servers.service import Service, running

START_SECONDS = 30.0


def fetch(url: str, **headers: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5) as reply:
            return int(reply.status), reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_its_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    environment = {"CHATDOCK_API_KEY": ""}
    keys, printed = [], []
    for _ in range(2):
        with running(tmp_path, environment=environment) as service:
            printed += re.findall(r"Key +(\S+)", service.log.read_text())
            keys.append((tmp_path / "data" / "server-key").read_text().strip())
            assert fetch(f"{service.url}/v1/chatkit/threads", Authorization=f"Bearer {keys[-1]}")[0] == 200
            assert fetch(f"{service.url}/v1/chatkit/threads", Authorization="Bearer sk_dev_another_key_0123")[0] == 401
    assert keys[0] == keys[1]
    assert set(printed) == set(keys)
    assert stat.S_IMODE((tmp_path / "data" / "server-key").stat().st_mode) == 0o600


def test_sessions_survive_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        secret = mint(service)
        service.restart()
        status, _ = fetch(f"{service.url}/v1/chatkit/config", Authorization=f"Bearer {secret}")
        assert status == 200


def mint(service: Service) -> str:
    request = urllib.request.Request(f"{service.url}/demo/session", method="POST")
    with urllib.request.urlopen(request, timeout=5) as reply:
        return str(json.loads(reply.read())["client_secret"])


def test_it_says_where_to_look_and_what_answers(service: Service) -> None:
    said = service.log.read_text()
    assert f"Page   {service.url}" in said
    assert "built-in demo model" in said
    status, page = fetch(f"{service.url}/")
    assert status == 200 and b"Harbor &amp; Pine" in page


def test_the_demo_mints_for_its_own_page_alone(service: Service) -> None:
    request = urllib.request.Request(
        f"{service.url}/demo/session", method="POST", headers={"Sec-Fetch-Site": "cross-site"}
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=5)
    with refused.value as reply:
        assert reply.code == 403


def test_the_demo_keeps_no_inline_code_without_its_nonce(service: Service) -> None:
    with urllib.request.urlopen(f"{service.url}/", timeout=5) as reply:
        policy, page = reply.headers["Content-Security-Policy"], reply.read().decode()
    nonce = re.search(r"'nonce-([^']+)'", policy)
    assert nonce is not None
    assert "unsafe" not in policy and "default-src 'none'" in policy
    inline = re.findall(r"<script(?![^>]*src=)([^>]*)>", page)
    assert inline == [f' nonce="{nonce[1]}"']
    assert "style=" not in page and "<style" not in page
    assert fetch(f"{service.url}/")[1] != page.encode()  # another nonce


@pytest.mark.parametrize("query", ["workflow=%3Cscript%3E", "scheme=%22%3E%3Cb%3E", "workflow=wf_unknown"])
def test_what_the_address_asks_for_never_reaches_the_page_raw(service: Service, query: str) -> None:
    status, page = fetch(f"{service.url}/?{query}")
    assert status == 200
    assert b'data-workflow="wf_demo"' in page
    assert b"<script>" not in page and b'"><b>' not in page


def test_it_starts_again_when_a_workflow_changes(chatdock: Command, tmp_path: Path) -> None:
    folder = tmp_path / "workflows"
    folder.mkdir()
    flow = folder / "shop.yaml"
    flow.write_text("id: wf_shop\nname: Shop\ninstructions: Sell.\nmodel: demo\ngreeting: Good morning\n")
    port = free_port()
    environment = {"PORT": str(port), "CHATDOCK_WORKFLOWS": str(folder), "CHATDOCK_API_KEY": "sk_test_0123456789abcdef"}
    process = subprocess.Popen(
        [sys.executable, "-m", "chatdock", "dev"],
        cwd=tmp_path,
        env=chatdock.complete(environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        base = f"http://127.0.0.1:{port}"
        assert greets(base, "Good morning")
        flow.write_text(flow.read_text().replace("morning", "evening"))
        assert greets(base, "Good evening")
        flow.write_text("id: [broken\n")
        time.sleep(2)
        assert process.poll() is None
        flow.write_text("id: wf_shop\nname: Shop\ninstructions: Sell.\nmodel: demo\ngreeting: Good night\n")
        assert greets(base, "Good night")
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0
    with pytest.raises((urllib.error.URLError, OSError)):
        fetch(f"{base}/healthz")


def greets(base: str, words: str) -> bool:
    """Whether a session's widget is told this greeting, before long."""
    until = time.monotonic() + START_SECONDS
    body = json.dumps({"user": "ada", "workflow": {"id": "wf_shop"}}).encode()
    headers = {"Authorization": "Bearer sk_test_0123456789abcdef", "Content-Type": "application/json"}
    while time.monotonic() < until:
        try:
            request = urllib.request.Request(f"{base}/v1/chatkit/sessions", data=body, headers=headers)
            with urllib.request.urlopen(request, timeout=5) as reply:
                secret = json.loads(reply.read())["client_secret"]
            if words.encode() in fetch(f"{base}/v1/chatkit/config", Authorization=f"Bearer {secret}")[1]:
                return True
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.1)
    return False


def test_a_first_start_that_fails_ends_with_its_exit_code(chatdock: Command) -> None:
    done = chatdock("dev", PORT=str(free_port()), CHATDOCK_WORKFLOWS="/nowhere")
    assert done.returncode == 2
    assert "does not exist" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_a_change_is_a_file_that_came_went_or_is_newer(tmp_path: Path) -> None:
    kept, gone = tmp_path / "kept.py", tmp_path / "gone.yaml"
    kept.write_text("1")
    gone.write_text("1")
    (tmp_path / "notes.txt").write_text("1")
    before = snapshot([tmp_path])
    assert set(before) == {kept, gone}
    gone.unlink()
    os.utime(kept, ns=(1, 1))
    (tmp_path / "new.py").write_text("1")
    assert changed(before, snapshot([tmp_path])) == sorted([kept, gone, tmp_path / "new.py"])
