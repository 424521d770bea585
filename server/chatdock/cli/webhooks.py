"""`chatdock webhooks`: endpoints of your backend's, and what they were told. A secret is printed once, on a line of its own.

Secrets are derived from the signing keys: run this with the environment that the server has.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta

from chatdock.app import signing_keys
from chatdock.cli.database import run_with_store
from chatdock.cli.keys import duration
from chatdock.sessions.keys import DEFAULT_PROJECT
from chatdock.settings import read_settings
from chatdock.storage.base import Store
from chatdock.types.audit import COMMAND
from chatdock.types.webhook import DELIVERY_STATUSES, WEBHOOK_EVENTS, Delivery, Webhook
from chatdock.types.wire import encode
from chatdock.webhooks.addresses import Reach
from chatdock.webhooks.registry import WebhookRegistry
from chatdock.webhooks.secrets import Secrets

PAGE = 500  # deliveries a query


def main(arguments: Sequence[str]) -> int:
    """Runs one of the seven commands. Raises: ConfigurationError, NotFound, BadRequest, Unavailable."""
    options = _parser().parse_args(arguments)
    settings = read_settings(production=False)

    async def task(store: Store) -> None:
        signing = await signing_keys(settings, store)
        secrets = Secrets(signing.kids[0], signing.derive)
        registry = WebhookRegistry(store.webhooks, secrets, Reach(settings.webhook_networks))
        project = options.project
        match options.command:
            case "add":
                events = [] if options.only_named else options.event or list(WEBHOOK_EVENTS)
                text = options.include_text
                _show_once(*await registry.add(project, options.url, events, include_text=text, actor=COMMAND))
            case "list":
                _show_webhooks(await registry.of(project))
            case "enable":
                await registry.enable(project, options.id, actor=COMMAND)
                print(f"Webhook {options.id} is told again of what happens from now on.")
            case "remove":
                await registry.remove(project, options.id, actor=COMMAND)
                print(f"Webhook {options.id} is removed, and its deliveries with it.")
            case "roll":
                _show_once(*await registry.roll(project, options.id, options.overlap, actor=COMMAND))
                print("Until the overlap is over, requests carry signatures of both secrets.", file=sys.stderr)
            case "deliveries":
                found = await _newest(store, options)
                if options.json:
                    for each in found:
                        print(encode(each).decode())
                else:
                    _show_deliveries(found)
            case "resend":
                again = await store.webhooks.resend(project, options.id)
                print(f"Delivery {again.id} is sent again by the server within seconds.")

    run_with_store(task)
    return 0


async def _newest(store: Store, options: argparse.Namespace) -> list[Delivery]:
    found: list[Delivery] = []
    while len(found) < options.limit:
        page = await store.webhooks.deliveries(
            options.project,
            min(PAGE, options.limit - len(found)),
            webhook_id=options.webhook,
            status=options.status,
            before_id=found[-1].id if found else None,
        )
        if not page:
            break
        found += page
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chatdock webhooks", description="Tells your backend what happened in chats, by signed requests."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add = commands.add_parser("add", help="add an endpoint and print its secret, once")
    add.add_argument("url", help="where to, https://...")
    add.add_argument("--event", action="append", choices=WEBHOOK_EVENTS, help="what of, repeatable (default: all)")
    add.add_argument("--only-named", action="store_true", help="only runs that name this webhook")
    add.add_argument("--include-text", action="store_true", help="also send what was said (default: ids alone)")
    listed = commands.add_parser("list", help="show every endpoint, never a secret")
    enable = commands.add_parser("enable", help="tell an endpoint again that was disabled, its receiver being gone")
    remove = commands.add_parser("remove", help="remove an endpoint and its deliveries")
    roll = commands.add_parser("roll", help="make a new secret; the old one signs as well for a while")
    roll.add_argument("--overlap", type=duration, default=timedelta(hours=24), help="how long both sign (default: 24h)")
    deliveries = commands.add_parser("deliveries", help="show what endpoints were told, newest first")
    deliveries.add_argument("--webhook", metavar="ID", help="only this endpoint's")
    deliveries.add_argument("--status", choices=DELIVERY_STATUSES, help="only these")
    deliveries.add_argument("--limit", type=int, default=50, help="how many (default: 50)")
    deliveries.add_argument("--json", action="store_true", help="one JSON object a line, for a program")
    resend = commands.add_parser("resend", help="try a delivery again from the beginning, under its id")
    for command in (enable, remove, roll, resend):
        command.add_argument("id")
    for command in (add, listed, enable, remove, roll, deliveries, resend):
        command.add_argument("--project", default=DEFAULT_PROJECT, help="whose (default: %(default)s)")
    return parser


def _show_once(webhook: Webhook, secret: str) -> None:
    """The secret alone on stdout, for a pipe or a variable; the rest is for a person."""
    print(secret, flush=True)
    events = ", ".join(webhook.events) or "runs that name it"
    what = "what was said, too" if webhook.include_text else "ids alone"
    print(f"Webhook {webhook.id} is told of {events}, {what}. The secret is not shown again.", file=sys.stderr)


def _show_webhooks(webhooks: list[Webhook]) -> None:
    rows = [("ID", "CREATED", "OLD SECRET UNTIL", "STATE", "TEXT", "URL", "EVENTS")]
    rows += [
        (
            each.id,
            _minute(each.created_at),
            _minute(each.previous_until),
            f"disabled {_minute(each.disabled_at)}: 410 Gone" if each.disabled_at else "enabled",
            "yes" if each.include_text else "no",
            each.url,
            " ".join(each.events) or "-",
        )
        for each in webhooks
    ]
    _show_table(rows)


def _show_deliveries(deliveries: list[Delivery]) -> None:
    rows = [("ID", "WHEN (UTC)", "WEBHOOK", "EVENT", "STATUS", "TRIES", "NEXT (UTC)", "ANSWER")]
    rows += [
        (
            each.id,
            _minute(each.created_at),
            each.webhook_id,
            each.type,
            each.status,
            str(each.attempts),
            _minute(each.next_at),
            str(each.response_status or each.error or "-"),
        )
        for each in deliveries
    ]
    _show_table(rows)


def _show_table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _minute(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M}" if instant else "-"
