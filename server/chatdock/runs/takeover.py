"""Taking a run over: what its tape still tells, and going on behind it in a way that mixes nothing.

claim the tape -> leave a distance -> go on behind it
the tape is lost -> whoever saw it loads the thread; a run that begins again writes a new one
"""

import logging
from collections.abc import Sequence

import msgspec

from chatdock.errors import BadRequest, Gone, Unavailable
from chatdock.eventlog.base import DISTANCE, PADDING, EventLog, Slice, TapeFull, read_whole
from chatdock.runs.draft import Draft
from chatdock.storage.base import Claimable
from chatdock.types.event import Event, ItemAdded, ItemDone, ItemRemoved, ItemReplaced, ItemUpdated, TextDelta
from chatdock.types.item import is_hidden

log = logging.getLogger(__name__)


LOST_SEQ = 1_000_000  # more frames than a tape holds: nobody who saw some of a lost one may think that they were all


class Told(msgspec.Struct):
    """What viewers were told: unfinished items, whether there was anything of an answer, and the last seq.

    `is_lost`: nobody is told anything more on this tape; `last_seq` is then what the run's row says of it.
    """

    drafts: dict[str, Draft] = {}
    has_answer: bool = False
    last_seq: int = 0
    is_lost: bool = False


class Nowhere:
    """The tape of a run whose events are lost: the store has what remains, and viewers are sent there."""

    def __init__(self, last_seq: int) -> None:
        self._last_seq = last_seq

    def append(self, run_id: str, count: int, data: bytes, *, end: bool = False) -> int:
        """Nobody sees it."""
        return self._last_seq

    def disown(self, run_id: str) -> None:
        """There is nothing to give away."""


async def take_tape(tape: EventLog, run: Claimable, epoch: int) -> Told:
    """Becomes the tape's owner. Raises: Fenced."""
    run_id = run.run.id
    try:
        told_so_far = await read_whole(tape, run_id)
        if told_so_far.ended:  # it was told how it ended, and the store was not
            return Told(is_lost=True, last_seq=told_so_far.count)
        last = await tape.claim(run_id, epoch)
        told = _folded(await read_whole(tape, run_id))
        if run.owner is not None:  # it may have shown frames that never left it
            last = tape.append(run_id, DISTANCE, PADDING)
        told.last_seq = last
        return told
    except (Gone, BadRequest, TapeFull):
        return Told(is_lost=True, last_seq=LOST_SEQ)
    except Unavailable:
        tape.drop(run_id)  # once it is back: a tape without an end would be watched for ever
        return Told(is_lost=True, last_seq=LOST_SEQ)


async def renew_tape(tape: EventLog, run_id: str, epoch: int) -> int:
    """An empty tape in place of the lost one, none of whose positions means anything here. Raises: Fenced, Unavailable."""
    await tape.claim(run_id, epoch, anew=True)
    return tape.append(run_id, DISTANCE, PADDING)


def _folded(part: Slice) -> Told:
    told = Told(drafts={})
    for event in _events(part):
        match event:
            case ItemAdded(item=item):
                told.drafts[item.id] = Draft(item, is_new=True)
            case ItemUpdated(item_id=item_id, update=update) if item_id in told.drafts:
                if isinstance(update, TextDelta):
                    told.drafts[item_id].grow(update)
                else:
                    told.drafts[item_id].update(update)
            case ItemDone(item=item) | ItemReplaced(item=item):
                told.has_answer |= told.drafts.pop(item.id, None) is not None and not is_hidden(item)
            case ItemRemoved(item_id=item_id):
                told.drafts.pop(item_id, None)
            case _:
                pass
    told.has_answer |= any(draft.has_text for draft in told.drafts.values())
    return told


_decoder = msgspec.json.Decoder(Event)


def _events(part: Slice) -> Sequence[Event]:
    return [_decoder.decode(frame[6:]) for frame in part.frames() if frame.startswith(b"data: ")]
