"""Where a command listens: the two options that `serve` and `dev` share, checked before anything is opened."""

import argparse
import errno
import socket

import msgspec

from chatdock.errors import ConfigurationError
from chatdock.settings import Settings

ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # what a browser on this machine opens instead


def add_options(parser: argparse.ArgumentParser) -> None:
    """`--host` and `--port`, which win over HOST and PORT."""
    parser.add_argument("--host", help="address to listen on (HOST)")
    parser.add_argument("--port", type=_port, help="port to listen on (PORT)")


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port")
    return int(text)


def with_options(settings: Settings, options: argparse.Namespace) -> Settings:
    """The settings with the options in. Raises: ConfigurationError where nobody can listen."""
    changed = {name: value for name in ("host", "port") if (value := getattr(options, name)) is not None}
    settings = msgspec.structs.replace(settings, **changed)
    check_free(settings.host, settings.port)
    return settings


def check_free(host: str, port: int) -> None:
    """Raises: ConfigurationError if the address is taken or not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was just given up is free
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigurationError(_why(error, host, port)) from None


def _why(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"Port {port} is taken: stop what listens there, or choose another by PORT."
        case errno.EACCES:
            return f"Port {port} needs more rights than this user has: choose one above 1023 by PORT."
        case _:
            return f"HOST {host!r} is not an address of this machine."


def browser_url(settings: Settings) -> str:
    """The address to open on this machine."""
    host = ANY_ADDRESS.get(settings.host) or (f"[{settings.host}]" if ":" in settings.host else settings.host)
    return f"http://{host}:{settings.port}"
