"""Settings: read from the environment once, by `app` and `cli` alone. Each field says meaning, unit and default."""

import math
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from chatdock.errors import ConfigurationError


class Settings(msgspec.Struct, frozen=True):
    """Everything an operator can set. Names in capitals are environment variables."""

    host: str = "127.0.0.1"
    """HOST: address to listen on. Default 127.0.0.1; the Docker image sets 0.0.0.0."""
    port: int = 8000
    """PORT: TCP port. Default 8000."""
    data_dir: Path = Path(".chatdock")
    """CHATDOCK_DATA_DIR: directory for the SQLite file, uploads and development keys. Default ./.chatdock."""
    database_url: str = ""
    """DATABASE_URL: `sqlite:///path`, `sqlite:///:memory:` or `postgresql://...`. Default: SQLite under the data directory."""
    redis_url: str = ""
    """REDIS_URL: `redis://...`, what replicas share beside the database: runs' events and rate limits. Default: none, both
    are kept in memory."""
    api_key: str = ""
    """CHATDOCK_API_KEY: a server key accepted besides those in the database, at least 16 characters. Default: none."""
    signing_keys: str = ""
    """CHATDOCK_SIGNING_KEYS: `kid:base64,kid:base64`; the first signs, all verify; 32 bytes or more each.
    Default: made and kept in the database in development; required in production."""
    allowed_origins: tuple[str, ...] = ()
    """CHATDOCK_ALLOWED_ORIGINS: comma list of origins that may chat, such as `https://app.example.com` or
    `https://*.example.com`. Default: none (same-origin pages only)."""
    trusted_proxies: tuple[str, ...] = ()
    """CHATDOCK_TRUSTED_PROXIES: comma list of addresses or networks whose X-Forwarded-For is believed. Default: none."""
    public_url: str = ""
    """CHATDOCK_PUBLIC_URL: the address browsers reach this server at, for links to files. Default: relative links."""
    openai_api_key: str = ""
    """OPENAI_API_KEY: key for the model provider. Default: none, the built-in demo model answers."""
    openai_base_url: str = ""
    """OPENAI_BASE_URL: any OpenAI-compatible server, up to and including `/v1`. Default: OpenAI's own."""
    model: str = ""
    """CHATDOCK_MODEL: `provider/name` for workflows that name no model; providers: openai_responses, openai_chat, demo.
    Default: `demo`, or `openai_responses/gpt-5-mini` with a key; required with OPENAI_BASE_URL, where a bare name means
    `openai_chat`."""
    transcription_model: str = ""
    """CHATDOCK_TRANSCRIPTION_MODEL: model for dictation, such as `gpt-4o-mini-transcribe`. Default: dictation is off."""
    workflows: Path | None = None
    """CHATDOCK_WORKFLOWS: directory of workflow files (YAML and Python). Default: the built-in ones only."""
    max_session_seconds: int = 600
    """CHATDOCK_MAX_SESSION_SECONDS: the longest life of a client secret, in seconds. Default 600."""
    on_disconnect_grace_seconds: float = 30.0
    """CHATDOCK_ON_DISCONNECT_GRACE_SECONDS: how long a run outlives the connection of a client that cannot resume, in
    seconds; 0 cancels at once, `inf` never. Default 30."""
    run_timeout_seconds: float = 600.0
    """CHATDOCK_RUN_TIMEOUT_SECONDS: the longest a run may take, in seconds. Default 600."""
    drain_seconds: float = 25.0
    """CHATDOCK_DRAIN_SECONDS: how long answers may still take after SIGTERM, in seconds. Default 25."""
    max_upload_bytes: int = 512 * 1024 * 1024
    """CHATDOCK_MAX_UPLOAD_BYTES: the largest file whatever a session allows, in bytes. Default 512 MiB."""
    sharing: bool | None = None
    """CHATDOCK_SHARING: `on` lets users publish a conversation of theirs by a link, on pages of this server. `off` hides
    every link there is. Default: off; on in development."""
    user_requests_per_minute: int = 60
    """CHATDOCK_USER_REQUESTS_PER_MINUTE: messages a user may send a minute over all sessions. Default 60."""
    address_requests_per_minute: int = 1_200
    """CHATDOCK_ADDRESS_REQUESTS_PER_MINUTE: requests an address may make a minute on routes without a credential or with
    a bad one; many people may share one address. Default 1200."""
    keep_threads_days: float = float("inf")
    """CHATDOCK_KEEP_THREADS_DAYS: how long a thread is kept after its last message, in days, where its workflow does not
    say; `inf` is for ever. Default inf."""
    keep_files_days: float = float("inf")
    """CHATDOCK_KEEP_FILES_DAYS: how long a file that a message carries is kept, in days, where its workflow does not say;
    never longer than its thread. Default inf."""
    keep_audit_days: float = 90.0
    """CHATDOCK_KEEP_AUDIT_DAYS: how long audit entries are kept, in days. Default 90."""
    sweep_seconds: float = 600.0
    """CHATDOCK_SWEEP_SECONDS: how often what is over its time is looked for and removed, in seconds. Default 600."""
    webhook_networks: tuple[str, ...] = ()
    """CHATDOCK_WEBHOOK_NETWORKS: comma list of addresses or networks that webhooks may reach besides the public internet,
    and without TLS. Default: none."""
    streams_per_session: int = 6
    """CHATDOCK_STREAMS_PER_SESSION: open streams a client secret may hold. Default 6."""
    streams_per_user: int = 20
    """CHATDOCK_STREAMS_PER_USER: open streams a user may hold. Default 20."""
    log_level: str = "INFO"
    """LOG_LEVEL: DEBUG, INFO, WARNING or ERROR. Default INFO."""
    production: bool = True
    """Whether `serve` (True) or `dev` (False) started this; not read from the environment."""

    @property
    def database(self) -> str:
        """The database's URL, the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'chatdock.db'}"

    @property
    def may_share(self) -> bool:
        """Whether links to conversations work, the default filled in."""
        return not self.production if self.sharing is None else self.sharing


def _split(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def read_settings(environment: Mapping[str, str] | None = None, *, production: bool = True) -> Settings:
    """Settings from the environment. Raises: ConfigurationError, in one sentence."""
    env = os.environ if environment is None else environment

    def integer(name: str, default: int, least: int) -> int:
        text = env.get(name, "").strip()
        if not text:
            return default
        try:
            value = int(text)
        except ValueError:
            raise ConfigurationError(f"{name} must be a whole number, not {text!r}.") from None
        if value < least:
            raise ConfigurationError(f"{name} must be at least {least}, not {value}.")
        return value

    def seconds(name: str, default: float, unit: str = "seconds") -> float:
        text = env.get(name, "").strip()
        if not text:
            return default
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if math.isnan(value):
            raise ConfigurationError(f"{name} must be a number of {unit} or inf, not {text!r}.")
        if value < 0:
            raise ConfigurationError(f"{name} must not be negative.")
        return value

    def positive(name: str, default: float, unit: str) -> float:
        value = seconds(name, default, unit)
        if not value:
            raise ConfigurationError(f"{name} must be more than 0.")
        return value

    def switch(name: str) -> bool | None:
        text = env.get(name, "").strip().lower()
        if text not in ("", "on", "off"):
            raise ConfigurationError(f"{name} must be on or off, not {text!r}.")
        return text == "on" if text else None

    level = env.get("LOG_LEVEL", "INFO").strip().upper() or "INFO"
    if level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ConfigurationError(f"LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, not {level!r}.")
    port = integer("PORT", 8000, 0)
    if port > 65535:
        raise ConfigurationError(f"PORT must be at most 65535, not {port}.")
    workflows = env.get("CHATDOCK_WORKFLOWS", "").strip()
    return Settings(
        host=env.get("HOST", "").strip() or "127.0.0.1",
        port=port,
        data_dir=Path(env.get("CHATDOCK_DATA_DIR", "").strip() or ".chatdock"),
        database_url=env.get("DATABASE_URL", "").strip(),
        redis_url=env.get("REDIS_URL", "").strip(),
        api_key=env.get("CHATDOCK_API_KEY", "").strip(),
        signing_keys=env.get("CHATDOCK_SIGNING_KEYS", "").strip(),
        allowed_origins=_split(env.get("CHATDOCK_ALLOWED_ORIGINS", "")),
        trusted_proxies=_split(env.get("CHATDOCK_TRUSTED_PROXIES", "")),
        public_url=env.get("CHATDOCK_PUBLIC_URL", "").strip().rstrip("/"),
        openai_api_key=env.get("OPENAI_API_KEY", "").strip(),
        openai_base_url=env.get("OPENAI_BASE_URL", "").strip().rstrip("/"),
        model=env.get("CHATDOCK_MODEL", "").strip(),
        transcription_model=env.get("CHATDOCK_TRANSCRIPTION_MODEL", "").strip(),
        workflows=Path(workflows) if workflows else None,
        max_session_seconds=integer("CHATDOCK_MAX_SESSION_SECONDS", 600, 1),
        on_disconnect_grace_seconds=seconds("CHATDOCK_ON_DISCONNECT_GRACE_SECONDS", 30.0),
        run_timeout_seconds=seconds("CHATDOCK_RUN_TIMEOUT_SECONDS", 600.0),
        drain_seconds=seconds("CHATDOCK_DRAIN_SECONDS", 25.0),
        keep_threads_days=positive("CHATDOCK_KEEP_THREADS_DAYS", float("inf"), "days"),
        keep_files_days=positive("CHATDOCK_KEEP_FILES_DAYS", float("inf"), "days"),
        keep_audit_days=positive("CHATDOCK_KEEP_AUDIT_DAYS", 90.0, "days"),
        sweep_seconds=positive("CHATDOCK_SWEEP_SECONDS", 600.0, "seconds"),
        max_upload_bytes=integer("CHATDOCK_MAX_UPLOAD_BYTES", 512 * 1024 * 1024, 1),
        sharing=switch("CHATDOCK_SHARING"),
        user_requests_per_minute=integer("CHATDOCK_USER_REQUESTS_PER_MINUTE", 60, 1),
        address_requests_per_minute=integer("CHATDOCK_ADDRESS_REQUESTS_PER_MINUTE", 1_200, 1),
        webhook_networks=_split(env.get("CHATDOCK_WEBHOOK_NETWORKS", "")),
        streams_per_session=integer("CHATDOCK_STREAMS_PER_SESSION", 6, 1),
        streams_per_user=integer("CHATDOCK_STREAMS_PER_USER", 20, 1),
        log_level=level,
        production=production,
    )


def variables() -> list[str]:
    """The names of all environment variables that are settings."""
    asked = _Asked()
    read_settings(asked)
    return sorted(asked.names)


class _Asked(dict[str, str]):
    """An empty environment that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]  # as read_settings calls it
        self.names.add(name)
        return default
