"""How a run goes and how it ends: every way out of a responder leads to one stored state and one end of the tape."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Sequence

import msgspec

from chatdock.clock import now
from chatdock.context import NewMessage
from chatdock.errors import Fenced, Incomplete, ModelError, NotFound, Unavailable, UserFacingError
from chatdock.eventlog.base import TapeFull
from chatdock.ids import ITEM, new_id
from chatdock.runs.active import ActiveRun
from chatdock.runs.context import Context
from chatdock.runs.draft import without_empty_parts
from chatdock.runs.responder import Responder
from chatdock.runs.writer import Writer
from chatdock.types.content import InputText
from chatdock.types.event import Error, Event, ItemDone, ItemRemoved
from chatdock.types.item import AssistantMessage, Item, SdkHiddenContext, WorkflowItem
from chatdock.types.lease import Effect
from chatdock.types.run import RunError, RunStatus

TITLE_SECONDS = 5.0  # how long an answer's end waits for its title
NOTE_CHARS = 1_000  # of a tool's arguments, in a note to the model
FINISH_TRIES = 6  # about half a minute of a store that is away

log = logging.getLogger(__name__)

_SENTENCES = {
    "model_unavailable": "The assistant is not available right now. Please try again in a moment.",
    "model_timeout": "The assistant took too long to answer. Please try again.",
    "model_rate_limited": "The assistant is very busy right now. Please try again in a moment.",
    "model_rejected": "The assistant cannot answer this right now.",
    "model_cut": "The answer was cut off. Please try again.",
    "model_limit": "The answer needed too many steps.",
}


class Ending(msgspec.Struct):
    """A final status and what the stream says about it."""

    status: RunStatus
    error: RunError | None = None
    allow_retry: bool = False
    note: str | None = None  # for the model alone, in later turns

    def events(self) -> list[Event]:
        """The in-stream error, if there is one to tell."""
        if self.error is None:
            return []
        code, message = self.error.code, self.error.message or None
        if code == "stream.error":
            return [Error(code="stream.error", message=message, allow_retry=self.allow_retry)]
        reason = None if code == "custom" else code
        return [Error(code="custom", message=message, allow_retry=self.allow_retry, reason=reason)]


async def work(
    active: ActiveRun, responder: Responder, ctx: Context, *, timeout_seconds: float, wants_title: bool
) -> None:
    """The whole life of a run's task; never raises."""
    active.started = True
    title = asyncio.create_task(_title(responder, ctx)) if wants_title else None
    try:
        ending = await _respond(active, responder, ctx, timeout_seconds)
        await ctx.begun()
        active.settling = True
        if title is not None:
            await _apply_title(title, ctx)
        await end_run(active.writer, ending)
    except NotFound:  # the thread was deleted under the run
        active.run.status = "cancelled"
        active.writer.abandon()
    except Fenced:  # whoever owns it now ends it; here not a byte more is written, to the store or to the tape
        if active.stop_reason in ("left", "withdrawn"):
            return
        log.warning("run was taken over by another process", extra={"fields": {"run_id": active.run.id}})
        active.writer.disown()
    except Exception:
        log.exception("run could not be finished", extra={"fields": {"run_id": active.run.id}})
        active.run.status = "failed"
        active.writer.abandon(*Ending("failed", RunError(code="stream.error", message=""), allow_retry=True).events())
    finally:
        active.writer.rest()
        if title is not None:
            title.cancel()


async def _respond(active: ActiveRun, responder: Responder, ctx: Context, timeout_seconds: float) -> Ending:
    run_id = active.run.id
    try:
        async with asyncio.timeout(timeout_seconds if timeout_seconds != float("inf") else None):
            await responder.respond(ctx)
    except asyncio.CancelledError:
        return _stopped(active, ctx)
    except TimeoutError:
        return expired(tuple(ctx.effects.values()))
    except UserFacingError as error:
        return Ending(
            "failed", RunError(code=error.code or "custom", message=error.message), allow_retry=error.allow_retry
        )
    except Incomplete as error:
        return Ending("incomplete", RunError(code="incomplete", message=error.message), allow_retry=True)
    except ModelError as error:
        log.warning("model failed: %s", error.message, extra={"fields": {"run_id": run_id, "code": error.code}})
        code = error.code or "model_unavailable"
        return Ending(
            "failed",
            RunError(code=code, message=_SENTENCES.get(code, _SENTENCES["model_unavailable"])),
            allow_retry=error.allow_retry,
        )
    except Fenced:
        raise
    except TapeFull:
        return Ending("incomplete", RunError(code="incomplete", message="The answer became too long and was stopped."))
    except Unavailable:
        return Ending(
            "failed",
            RunError(code="unavailable", message="The chat is not available right now. Please try again."),
            allow_retry=True,
        )
    except Exception:  # the engine's edge: whatever a responder raises ends its run and nothing else
        log.exception("responder failed", extra={"fields": {"run_id": run_id}})
        return Ending("failed", RunError(code="stream.error", message=""), allow_retry=True)
    return Ending("requires_action" if active.writer.waiting else "completed")


def _stopped(active: ActiveRun, ctx: Context) -> Ending:
    task = active.task
    while task is not None and task.cancelling():  # handled: what follows must be able to await
        task.uncancel()
    if active.stop_reason in ("fenced", "left", "withdrawn"):
        raise Fenced(active.run.id)
    if active.stop_reason == "restarted":
        return restarted(tuple(ctx.effects.values()))
    return cancelled(tuple(ctx.effects.values()))


def restarted(effects: Sequence[Effect] = ()) -> Ending:
    """For an answer that nobody can go on with; what was said stays. `effects`: what its tools had begun."""
    unsure = [effect.tool for effect in effects if not effect.is_done]
    message = "The server was restarted during this answer."
    if unsure:
        message = f"The server was restarted while {unsure[0]} was at work. Whether it took effect is not known."
    error = RunError(code="server_restarted", message=message)
    return Ending("incomplete", error, allow_retry=True, note=_told(effects))


def cancelled(effects: Sequence[Effect] = ()) -> Ending:
    """For an answer that somebody stopped."""
    return Ending("cancelled", note=_told(effects))


def _told(effects: Sequence[Effect]) -> str | None:
    """What the model must know of tools that a stop cut short, so that it repeats nothing unasked."""
    done = [f"{effect.tool} with {effect.arguments[:NOTE_CHARS]}" for effect in effects if effect.is_done]
    unsure = [f"{effect.tool} with {effect.arguments[:NOTE_CHARS]}" for effect in effects if not effect.is_done]
    said = [f"The answer before was cut short. These tools had run: {'; '.join(done)}."] if done else []
    if unsure:
        said.append(
            f"These were at work when it was cut short, and whether they took effect is not known: {'; '.join(unsure)}."
            " Do not call them for the same thing again unless the user asks for it, knowing that."
        )
    return " ".join(said) or None


def expired(effects: Sequence[Effect] = ()) -> Ending:
    """For a run whose time is up."""
    error = RunError(code="run_expired", message="The answer took too long and was stopped.")
    return Ending("expired", error, allow_retry=True, note=_told(effects))


def _settled(writer: Writer, *, keep_all: bool) -> list[Event]:
    """Nothing stays open: answers with text and rows of work are kept, the rest is taken back."""
    events: list[Event] = []
    for draft in writer.drafts():
        item = draft.item
        if keep_all or (isinstance(item, WorkflowItem) and item.workflow.tasks):
            events.append(ItemDone(item=_at_rest(item)))
        elif draft.has_text and isinstance(item, AssistantMessage):
            events.append(ItemDone(item=without_empty_parts(item)))
        elif draft.is_new:
            events.append(ItemRemoved(item_id=item.id))
    return events


def _at_rest(item: Item) -> Item:
    """A workflow without anything that still turns."""
    if not isinstance(item, WorkflowItem):
        return item
    tasks = [
        msgspec.structs.replace(task, status_indicator="none") if task.status_indicator == "loading" else task
        for task in item.workflow.tasks
    ]
    return msgspec.structs.replace(item, workflow=msgspec.structs.replace(item.workflow, tasks=tasks))


async def _title(responder: Responder, ctx: Context) -> str | None:
    if not isinstance(ctx.trigger, NewMessage):
        return None
    text = " ".join(part.text for part in ctx.trigger.message.content if isinstance(part, InputText))
    return await responder.title(text)


async def _apply_title(title: asyncio.Task[str | None], ctx: Context) -> None:
    await asyncio.wait([title], timeout=TITLE_SECONDS)
    if not title.done() or title.cancelled():
        return
    if (error := title.exception()) is not None:
        log.warning("no title", exc_info=error, extra={"fields": {"run_id": ctx.run_id}})
    elif ctx.thread.title is None and (text := title.result()):
        try:
            if await ctx.stored_title() is None:
                ctx.thread.title = text
        except Unavailable:  # the answer is there, and the next one asks for a title again
            log.warning("no title: the store is away", extra={"fields": {"run_id": ctx.run_id}})


async def end_run(writer: Writer, ending: Ending) -> None:
    """Settles what is open, stores the run's final state, and tells both. Raises: Fenced, NotFound, Unavailable (in the end)."""
    run = writer.run
    run.status = ending.status
    run.error = ending.error and msgspec.structs.replace(ending.error, allow_retry=ending.allow_retry or None)
    run.completed_at = now()
    last = _settled(writer, keep_all=ending.status in ("completed", "requires_action"))
    if ending.status == "cancelled":
        last.append(ItemDone(item=_note(run.thread_id, "The user stopped this answer before it was complete.")))
    if ending.note is not None:
        last.append(ItemDone(item=_note(run.thread_id, ending.note)))
    await writer.take_last(*last, *ending.events())
    for attempt in range(FINISH_TRIES):
        try:
            await writer.finish()
            return
        except Unavailable:
            if attempt + 1 == FINISH_TRIES:
                raise
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(min(8.0, 0.5 * 2**attempt) * random.uniform(0.5, 1.0))


def _note(thread_id: str, text: str) -> SdkHiddenContext:
    return SdkHiddenContext(id=new_id(ITEM), thread_id=thread_id, created_at=now(), content=text)
