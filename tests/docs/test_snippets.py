"""Every snippet of the documentation runs, in the order a reader meets it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser, ConsoleMessage

from docs.pages import customer
from docs.snippets import LANGUAGES, Snippet, read
from servers.browser import visitor
from servers.processes import free_port
from servers.service import KEY, PASSED_ON, ROOT, Service, running

DOCUMENTS = [
    path for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))] if read(path)
]
WRITTEN_BASE = "http://127.0.0.1:8000"
SERVE_SECONDS = 60.0
IDS = [str(path.relative_to(ROOT)) for path in DOCUMENTS]


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_every_snippet_is_of_a_kind_that_can_be_tried(path: Path) -> None:
    assert not [f"line {each.line}: {each.language!r}" for each in read(path) if each.language not in LANGUAGES]


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_every_link_within_the_project_leads_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", path.read_text())
    assert not [target for target in targets if not (path.parent / target).exists()]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_every_snippet_does_what_it_says(path: Path, tmp_path: Path, browser: Browser) -> None:
    snippets = read(path)
    files = [each for each in snippets if each.file]
    for each in files:
        target = tmp_path / str(each.file)
        target.parent.mkdir(exist_ok=True)
        target.write_text(each.text)
    page_port = free_port()
    environment = {"CHATDOCK_ALLOWED_ORIGINS": f"http://127.0.0.1:{page_port}"}
    if files:
        environment["CHATDOCK_WORKFLOWS"] = str(tmp_path / "workflows")
    with running(tmp_path, environment=environment) as service:
        reader = Reader(service, tmp_path, browser, page_port)
        try:
            for each in snippets:
                try:
                    reader.follow(each)
                except (AssertionError, subprocess.SubprocessError, ValueError) as error:
                    pytest.fail(f"{path.name}, line {each.line}: {error}", pytrace=False)
        finally:
            reader.close()


class Reader:
    """Somebody who does what the page says, with a server at hand."""

    def __init__(self, service: Service, folder: Path, browser: Browser, page_port: int) -> None:
        self._service = service
        self._folder = folder
        self._browser = browser
        self._page_port = page_port
        self._backend: subprocess.Popen[bytes] | None = None
        self._backend_url: str | None = None

    def follow(self, snippet: Snippet) -> None:
        """Raises: AssertionError, SubprocessError, ValueError."""
        text = snippet.text.replace(WRITTEN_BASE, self._service.url)
        match snippet.language:
            case "json":
                json.loads(text)
            case "yaml":
                assert yaml.safe_load(text)
            case "html":
                self._mount(text)
            case "tsx":
                self._parse(text)
            case "python" if not snippet.file:
                self._serve_app(text) if snippet.makes_app else self._run([sys.executable, "-c", text], self._folder)
            case "sh":
                self._shell(snippet, text)

    def close(self) -> None:
        """Stops what a snippet started."""
        if self._backend is not None:
            self._backend.terminate()
            self._backend.wait()
            self._backend = None

    def _environment(self, **more: str) -> dict[str, str]:
        passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        return {**passed, "PYTHONPATH": str(ROOT / "server"), "CHATDOCK_API_KEY": KEY, **more}

    def _run(self, command: list[str], folder: Path, **more: str) -> None:
        done = subprocess.run(
            command,
            cwd=folder,
            env=self._environment(**more),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, f"exit {done.returncode}\n{(done.stdout + done.stderr)[-2000:]}"

    def _parse(self, text: str) -> None:
        module = self._folder / "snippet.tsx"
        module.write_text(text)
        self._run([str(ROOT / "widget/node_modules/.bin/esbuild"), "--log-level=error", str(module)], self._folder)

    def _shell(self, snippet: Snippet, text: str) -> None:
        port = free_port()
        programs = self._own_environment() if "pip install" in text else Path(sys.executable).parent
        folder = ROOT if snippet.in_project else self._folder
        more = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PORT": str(port),
            "HOME": str(self._folder),
            "CHATDOCK_DATA_DIR": str(self._folder / "data-of-shell"),
            "PIP_NO_DEPS": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # pip's spelling of: build with what is installed
        }
        if "pip install" in text:
            text = f"unset PYTHONPATH\n{text}"
        text = re.sub(
            r"^make (test|format)$", r"make --dry-run \1", text, flags=re.MULTILINE
        )  # not a test within a test
        if snippet.serves:
            self._until_it_answers(["sh", "-euc", text], folder, port, **more)
        else:
            self._run(["sh", "-euc", text], folder, **more)

    def _own_environment(self) -> Path:
        """A throwaway environment that sees this one's packages, for `pip install .`; returns its folder of programs."""
        folder = self._folder / "environment"
        if not folder.exists():
            venv.create(folder, with_pip=True)
            packages = next(folder.glob("lib/python*/site-packages"))
            (packages / "seen.pth").write_text(f"{next(Path(sys.prefix).glob('lib/python*/site-packages'))}\n")
        return folder / "bin"

    def _until_it_answers(self, command: list[str], folder: Path, port: int, **more: str) -> None:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=self._environment(**more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            until = time.monotonic() + SERVE_SECONDS
            while not _answers(f"http://127.0.0.1:{port}/readyz"):
                if process.poll() is not None or time.monotonic() > until:
                    assert process.stdout is not None
                    os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None
                    raise AssertionError(f"nothing answers\n{process.stdout.read()[-2000:].decode()}")
                time.sleep(0.1)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
            process.communicate(timeout=40)

    def _serve_app(self, text: str) -> None:
        self.close()
        (self._folder / "backend.py").write_text(text)
        port = free_port()
        self._backend = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "--log-level", "warning", "--port", str(port), "backend:app"],
            cwd=self._folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
        )
        self._backend_url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + SERVE_SECONDS
        while not _answers(self._backend_url, any_status=True):
            assert self._backend.poll() is None and time.monotonic() < until, "the backend does not start"
            time.sleep(0.1)

    def _mount(self, html: str) -> None:
        faults: list[str] = []

        def note(message: ConsoleMessage) -> None:
            if message.type == "error" and "favicon" not in str(message.location):
                faults.append(message.text)

        with (
            customer(html, self._service, self._backend_url, self._page_port) as address,
            visitor(self._browser) as context,
        ):
            page = context.new_page()
            page.on("console", note)
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.goto(address)
            chat = page.frame_locator("iframe") if "<iframe" in html else page
            launcher = chat.get_by_role("button", name="Open chat")
            composer = chat.get_by_role("textbox")
            launcher.or_(composer).first.wait_for()
            if launcher.is_visible():
                launcher.click()
            composer.wait_for()
            composer.fill("What is Chatdock?")
            composer.press("Enter")
            chat.get_by_role("article").get_by_text("an open chat widget with its own service").wait_for()
        assert not faults, "\n".join(faults)


def _answers(url: str, *, any_status: bool = False) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except urllib.error.HTTPError:
        return any_status
    except (urllib.error.URLError, OSError):
        return False


def test_a_workflow_of_the_documentation_has_a_file_name() -> None:
    without = [
        each for path in DOCUMENTS for each in read(path) if "from chatdock import" in each.text and not each.file
    ]
    assert not without
