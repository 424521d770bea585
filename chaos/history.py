"""What a client did and saw: the evidence that the checker holds against the stores."""

from dataclasses import dataclass, field


@dataclass
class Watched:
    """One run as one client saw it. `frames` by sequence number, each as its `data:` line."""

    run_id: str
    frames: dict[int, str] = field(default_factory=dict)
    was_reset: bool = False  # the tape was lost, and the client was told to load the thread
    ended: bool = False  # the stream's end and the run's row agreed that there is no more
    faults: list[str] = field(default_factory=list)

    def take(self, seq: int, data: str) -> None:
        """A frame came, perhaps again."""
        known = self.frames.get(seq)
        if known is None:
            self.frames[seq] = data
        elif known != data:
            self.faults.append(f"frame {seq} came twice with different bytes")

    def again(self, seq: int, data: str) -> None:
        """A frame of an answer that was seen to its end."""
        if self.frames.get(seq) != data:
            self.faults.append(f"frame {seq} has other bytes, read again")

    @property
    def last(self) -> int:
        """Behind which a resumption begins."""
        return max(self.frames, default=0)


@dataclass
class Post:
    """One message a client wanted to send, under one id however often it tried."""

    user: str
    words: int  # of the answer that is asked for
    pause_ms: int  # between two of them
    nonce: str  # nothing else tells one message from another of the same length
    client_message_id: str
    thread_id: str | None = None
    tries: int = 0
    acknowledged: bool = False  # a 200 came with the run's id, or a 410: it was taken, and its events are gone
    watched: Watched | None = None
    run_ids: set[str] = field(default_factory=set)

    @property
    def answer(self) -> str:
        """What a completed answer says."""
        return " ".join(f"word{number}" for number in range(self.words))


@dataclass
class History:
    """Everything, and how much of it."""

    posts: list[Post] = field(default_factory=list)
    cuts: int = 0
    resumes: int = 0
    reread: int = 0  # resumes of an answer that was seen to its end, from anywhere in it
    refusals: dict[int, int] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)  # answers that no client should ever get

    def refused(self, status: int) -> None:
        """An answer that says: not now."""
        self.refusals[status] = self.refusals.get(status, 0) + 1
