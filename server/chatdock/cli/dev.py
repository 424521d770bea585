"""`chatdock dev`: the same server with the demo page, keys of its own, and a restart whenever a file changes."""

import argparse
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from chatdock import __version__
from chatdock.cli import listening, reload
from chatdock.errors import ConfigurationError
from chatdock.settings import Settings, read_settings

KEY_FILE = "server-key"


def main(arguments: Sequence[str]) -> int:
    """Serves until it is told to stop. Raises: ConfigurationError."""
    parser = argparse.ArgumentParser(
        prog="chatdock dev",
        description="Serves chats with a demo page at /, and makes and keeps the keys it needs in the data directory.",
    )
    listening.add_options(parser)
    parser.add_argument(
        "--reload",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="start again when a Python or workflow file changes",
    )
    options = parser.parse_args(arguments)
    settings = listening.with_options(read_settings(production=False), options)
    if options.reload:
        return reload.supervise([*arguments, "--no-reload"], watched=_watched(settings))
    from chatdock import app  # here, so that the process that only watches files stays small
    from chatdock.cli import checks

    settings = with_own_keys_and_origin(settings)
    for refusal in checks.refusals(settings, os.environ):
        raise ConfigurationError(refusal)
    print(banner(settings, colour=sys.stdout.isatty()), flush=True)
    return app.serve(settings, demo=True)


def _watched(settings: Settings) -> list[Path]:
    package = Path(__file__).parent.parent
    return [package, settings.workflows] if settings.workflows else [package]


def with_own_keys_and_origin(settings: Settings) -> Settings:
    """A server key kept in the data directory unless one is set, and the page's own origins allowed."""
    url = listening.browser_url(settings)
    own = {url, f"http://localhost:{settings.port}", f"http://127.0.0.1:{settings.port}"}
    return msgspec.structs.replace(
        settings,
        api_key=settings.api_key or kept_key(settings.data_dir),
        allowed_origins=(*settings.allowed_origins, *sorted(own)),
    )


def kept_key(data_dir: Path) -> str:
    """The data directory's server key, made the first time; only its owner can read the file."""
    path = data_dir / KEY_FILE
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
        if not path.stat().st_size:
            path.write_text(f"sk_dev_{secrets.token_urlsafe(32)}\n", encoding="ascii")
    except OSError as error:
        raise ConfigurationError(f"CHATDOCK_DATA_DIR {str(data_dir)!r} cannot be written: {error.strerror}.") from None
    return path.read_text(encoding="ascii").strip()


def banner(settings: Settings, *, colour: bool) -> str:
    """What a newcomer wants to know first."""
    bold, dim, plain = ("\033[1m", "\033[2m", "\033[0m") if colour else ("", "", "")
    model = settings.model or ("the provider's default" if settings.openai_api_key or settings.openai_base_url else "")
    rows = (
        ("Page", f"{bold}{listening.browser_url(settings)}{plain}"),
        ("Key", f"{settings.api_key}  {dim}(for your backend; not for production){plain}"),
        ("Model", model or f"built-in demo model  {dim}(OPENAI_API_KEY brings a real one){plain}"),
        ("Data", str(settings.data_dir)),
    )
    lines = "\n".join(f"  {name:<6} {value}" for name, value in rows)
    return f"\n  {bold}Chatdock {__version__}{plain}\n\n{lines}\n"
