"""What the storm's members said, were told and heard: the oracle compares it with the log."""

import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Said:
    """A message as its author meant it; the author's `number`s in a room rise."""

    room: str
    author: str
    number: int
    body: str = field(repr=False)
    cid: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True, slots=True)
class Entry:
    """An event of a log, as somebody saw it."""

    seq: int
    id: str
    cid: str | None
    author: str
    body: str = field(repr=False)

    @classmethod
    def of(cls, event: dict[str, Any]) -> "Entry":
        return cls(event["seq"], event["id"], event["cid"], event["author"]["pseudonym"], event["body"])


class Book:
    """Everything that was promised to anybody, and whatever should not have been."""

    def __init__(self) -> None:
        self.said: dict[str, Said] = {}  # by cid, of this round and those before
        self.acked: dict[str, tuple[str, int, str]] = {}  # cid → room, seq, id
        self.refused: dict[str, str] = {}  # cid → code, for good
        self.logged: dict[str, tuple[str, int, str]] = {}  # the same, as checked in the log
        self.wrong: list[str] = []
        self.codes: dict[str, int] = defaultdict(int)  # refusals that were not for good
        self.counts: dict[str, int] = defaultdict(int)

    def blame(self, sentence: str) -> None:
        """Something that must not happen has happened."""
        if len(self.wrong) < 100:
            self.wrong.append(sentence[:1000])

    def answered(self, cid: str, ack: dict[str, Any]) -> None:
        """Somebody got an answer to this message, over whichever way, however late."""
        said = self.said.get(cid)
        if said is None:
            self._answered_late(cid, ack)
        elif ack.get("ok"):
            self._accepted(said, ack)
        else:
            self._refused(said, ack["error"])

    def _accepted(self, said: Said, ack: dict[str, Any]) -> None:
        promise = (said.room, ack["seq"], ack["id"])
        if ack.get("cid") != said.cid or ack.get("state") != "sent":
            self.blame(f"a strange answer to {said}: {ack}")
        if said.cid in self.refused:
            self.blame(f"refused for good, then accepted: {said}")
        if self.acked.setdefault(said.cid, promise) != promise:
            self.blame(f"two answers, {self.acked[said.cid]} and {promise}, to {said}")

    def _refused(self, said: Said, error: dict[str, Any]) -> None:
        if not error.get("message"):
            self.blame(f"a refusal without a sentence: {error}")
        if not error["permanent"]:
            self.codes[error["code"]] += 1
            return
        self.refused[said.cid] = error["code"]
        self.blame(f"refused for good: {error} for {said}")

    def _answered_late(self, cid: str, ack: dict[str, Any]) -> None:
        """Of an earlier round: it is in the log, so any acceptance must say where."""
        if ack.get("ok") and (ack["seq"], ack["id"]) != self.logged[cid][1:]:
            self.blame(f"a late answer to {cid} says {ack}, the log {self.logged[cid]}")


class View:
    """One member's picture of a room: events applied once, in order, from where the first page began."""

    def __init__(self, have: int) -> None:
        self.since = self.have = have
        self.entries: list[Entry] = []
        self._held: dict[int, Entry] = {}

    @property
    def has_gap(self) -> bool:
        return bool(self._held)

    def take(self, event: dict[str, Any]) -> str | None:
        """Apply, drop or hold; gives what is wrong with it, if anything is."""
        entry = Entry.of(event)
        if entry.seq <= self.have:
            return self._known(entry)
        other = self._held.setdefault(entry.seq, entry)
        while (following := self._held.pop(self.have + 1, None)) is not None:
            self.entries.append(following)
            self.have += 1
        return None if other == entry else f"two events have number {entry.seq}: {other} and {entry}"

    def _known(self, entry: Entry) -> str | None:
        place = len(self.entries) - 1 - (self.have - entry.seq)
        if place < 0 or self.entries[place] == entry:
            return None  # dropped; what was checked in an earlier round is not kept
        return f"two events have number {entry.seq}: {self.entries[place]} and {entry}"
