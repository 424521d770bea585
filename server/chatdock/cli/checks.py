"""What must not be: settings that `serve` refuses to start with and `doctor` names."""

from collections.abc import Iterator, Mapping

from chatdock.errors import ConfigurationError
from chatdock.sessions.origins import Origins
from chatdock.sessions.signing import parse_signing_keys
from chatdock.settings import Settings
from chatdock.web.limits import Proxies

MAKE_A_KEY = 'CHATDOCK_SIGNING_KEYS="1:$(openssl rand -base64 32)"'


def refusals(settings: Settings, environment: Mapping[str, str]) -> Iterator[str]:
    """Why a production server may not start with these settings, one sentence each, the gravest first."""
    for check in (_signing_keys, _origins, _proxies):
        try:
            check(settings)
        except ConfigurationError as error:
            yield error.message
    if environment.get("FORWARDED_ALLOW_IPS", "").strip() == "*":
        yield "FORWARDED_ALLOW_IPS=* would believe any address a client claims: remove it and name your proxies in CHATDOCK_TRUSTED_PROXIES."
    yield from _shared_keys(settings)
    if settings.public_url and not settings.public_url.startswith(("https://", "http://")):
        yield "CHATDOCK_PUBLIC_URL must begin with https:// or http://."
    if settings.transcription_model and not (settings.openai_api_key or settings.openai_base_url):
        yield "CHATDOCK_TRANSCRIPTION_MODEL needs OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own."


def require_shared(settings: Settings, command: str) -> None:
    """Raises: ConfigurationError, unless several processes can work together with these settings."""
    if not settings.database.startswith("postgres") or not settings.redis_url:
        raise ConfigurationError(
            f"{command} needs DATABASE_URL=postgresql://... and REDIS_URL=redis://...: they are what processes share."
        )


def _signing_keys(settings: Settings) -> None:
    if settings.signing_keys:
        parse_signing_keys(settings.signing_keys)
    elif settings.production:
        raise ConfigurationError(
            f"CHATDOCK_SIGNING_KEYS is not set, and client secrets cannot be signed without it; one is made by {MAKE_A_KEY}."
        )


def _origins(settings: Settings) -> None:
    Origins(settings.allowed_origins, allow_any=not settings.production)


def _proxies(settings: Settings) -> None:
    Proxies(settings.trusted_proxies)


def _shared_keys(settings: Settings) -> Iterator[str]:
    if settings.api_key and settings.api_key == settings.openai_api_key:
        yield "CHATDOCK_API_KEY is the same as OPENAI_API_KEY: give your backend a key of its own."
    if settings.api_key and settings.signing_keys and settings.api_key in settings.signing_keys:
        yield "CHATDOCK_API_KEY is also part of CHATDOCK_SIGNING_KEYS: a key serves one purpose only."
