"""What must hold when the storm is over for a moment: the log, the promises and every member's picture agree."""

from collections import defaultdict

from tests.faults.book import Entry, View
from tests.faults.cluster import Cluster, Row


class Oracle:
    """Compares, room by room, what is new since the last time."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster, self._book = cluster, cluster.book
        self._checked: dict[str, int] = defaultdict(int)
        self._numbers: dict[tuple[str, str], int] = defaultdict(int)

    @property
    def messages(self) -> int:
        return len(self._book.logged)

    async def check(self) -> None:
        """Look at everything since the last check; what is wrong goes into the book."""
        for room in self._cluster.rooms:
            await self._check_room(room)
        for cid, promise in self._book.acked.items():
            if self._book.logged.get(cid) != promise:
                self._book.blame(f"accepted as {promise}, in the log as {self._book.logged.get(cid)}: {cid}")
        for cid in self._book.refused.keys() & self._book.logged.keys():
            self._book.blame(f"refused for good ({self._book.refused[cid]}), but in the log: {cid}")
        for cid in self._book.said.keys() - self._book.logged.keys() - self._book.refused.keys():
            self._book.blame(f"said, left the outbox, and nowhere: {self._book.said[cid]}")
        self._forget()

    async def _check_room(self, room: str) -> None:
        after = self._checked[room]
        rows = await self._cluster.rows(room, after)
        log = [Entry.of(event) for event in await self._cluster.read(room, after)]
        if [row.seq for row in rows] != list(range(after + 1, after + 1 + len(rows))):
            self._book.blame(f"{room} has gaps or doubles after {after}: {[row.seq for row in rows]}")
        if [Row(entry.seq, entry.id, entry.cid) for entry in log] != rows:
            self._book.blame(f"{room}: the database and the program do not say the same after {after}")
        for entry in log:
            self._check_entry(room, entry)
        for member in self._cluster.members:
            if room in member.rooms:
                self._compare(member.name, room, member.views[room], log)
        self._checked[room] = after + len(rows)

    def _check_entry(self, room: str, entry: Entry) -> None:
        said = self._book.said.get(entry.cid or "")
        if said is None:
            self._book.blame(f"{room}: nobody said {entry}, or it is there again")
            return
        if (said.room, said.author, said.body) != (room, entry.author, entry.body):
            self._book.blame(f"{room}: said was {said}, logged is {entry}")
        if said.cid in self._book.logged:
            self._book.blame(f"{room}: twice in the log: {entry}")
        self._book.logged[said.cid] = (room, entry.seq, entry.id)
        if said.number <= self._numbers[room, said.author]:
            self._book.blame(f"{room}: {said.author}'s {said.number} stands after a later one of theirs")
        self._numbers[room, said.author] = said.number

    def _compare(self, name: str, room: str, view: View, log: list[Entry]) -> None:
        """A picture that was made anew in this round begins where its first page did."""
        seen = [entry for entry in view.entries if entry.seq > self._checked[room]]
        meant = [entry for entry in log if entry.seq > view.since]
        if seen != meant:
            missing = [entry.seq for entry in meant if entry not in seen]
            numbers = [entry.seq for entry in seen]
            self._book.blame(f"{name} does not see {room} as it is: sees {numbers}, misses {missing}")

    def _forget(self) -> None:
        """What was checked is not kept, apart from where every message is."""
        self._book.said.clear()
        self._book.acked.clear()
        self._book.refused.clear()
        for member in self._cluster.members:
            for view in member.views.values():
                view.entries.clear()

    async def check_all(self) -> None:
        """The whole log once more: nothing that was there in an earlier round has gone or changed."""
        found = {
            row.cid: (room, row.seq, row.id)
            for room in self._cluster.rooms
            for row in await self._cluster.rows(room)
        }
        if found != self._book.logged:
            gone = [cid for cid, place in self._book.logged.items() if found.get(cid) != place]
            self._book.blame(f"{len(gone)} messages of earlier rounds are not where they were: {gone[:3]}")
