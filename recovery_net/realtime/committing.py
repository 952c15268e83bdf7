"""Group commit: acts that wait at the same moment share one transaction, and each gets an answer of its own.

Whoever finds nobody at work leads: takes everything that waits, commits it, and hands the lead to the first of those
who came meanwhile. So one alone waits for nobody, and under load the batches form by themselves.

A kind of act is a function: it gets the acts of its kind that are in the batch, works in the open transaction, and
gives an answer or a refusal for each. It finds every refusal before it writes anything; `one_by_one` makes one out of
a function for a single act. It must not look at the request: the one that leads works for the others too.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError

from recovery_net.core import db
from recovery_net.core.errors import DomainError, Unavailable

A = TypeVar("A")
R = TypeVar("R")
Kind = Callable[[Sequence[A]], Sequence[R | DomainError]]

MOST = 128  # acts in one transaction: more would not be cheaper, and everyone waits for all of them


def _closed() -> Any:
    gate = Lock()
    gate.acquire()
    return gate


@dataclass(slots=True, eq=False)
class _Waiting:
    """An act in the line. Its gate opens when it is answered, or when it leads the next batch."""

    kind: Kind[Any, Any]
    act: Any
    gate: Any = field(default_factory=_closed)
    leads: bool = False
    is_done: bool = False
    answer: Any = None

    def settle(self, answer: Any) -> None:
        self.answer, self.is_done = answer, True


class Committing:
    """The line of acts of one process."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._line: deque[_Waiting] = deque()
        self._is_led = False

    def do(self, kind: Kind[A, R], act: A) -> R:
        """Do an act and commit it: its answer, or its refusal raised. Inside a transaction it is a part of that."""
        if db.is_open():
            with db.transaction():  # refuses inside a reading, where nothing would be committed
                result: R = _told(kind([act])[0])
            return result
        waiting = _Waiting(kind, act)
        with self._guard:
            self._line.append(waiting)
            leads, self._is_led = not self._is_led, True
        if not leads:
            self._wait(waiting)
        if not waiting.is_done:
            self._lead()
        answer: R = _told(waiting.answer)
        return answer

    def _wait(self, waiting: _Waiting) -> None:
        try:
            waiting.gate.acquire()
        except BaseException:  # the greenlet was ended
            self._step_out(waiting)
            raise

    def _step_out(self, waiting: _Waiting) -> None:
        """Who is gone neither asks any more nor leads; what is being committed already is committed."""
        with self._guard:
            if waiting in self._line:
                self._line.remove(waiting)
            if waiting.leads:
                self._hand_over()

    def _lead(self) -> None:
        with self._guard:
            batch = [self._line.popleft() for _ in range(min(MOST, len(self._line)))]
        try:
            _commit(batch)
        finally:
            for waiting in batch:
                if not waiting.is_done:  # the leader was ended; the same act may be tried again
                    waiting.settle(Unavailable())
                waiting.gate.release()
            with self._guard:
                self._hand_over()

    def _hand_over(self) -> None:
        if self._line:
            self._line[0].leads = True
            self._line[0].gate.release()
        else:
            self._is_led = False


def one_by_one(do: Callable[[A], R]) -> Kind[A, R]:
    """A kind of act from a function for one of them: each in a part of the transaction that may fail by itself."""

    def together(acts: Sequence[A]) -> list[R | DomainError]:
        return [_refusal_or(do, act) for act in acts]

    return together


def _refusal_or(do: Callable[[A], R], act: A) -> R | DomainError:
    try:
        with db.part():
            return do(act)
    except DomainError as refusal:
        return refusal


def _commit(batch: list[_Waiting]) -> None:
    try:
        _answer(batch)
    except Exception as error:
        if len(batch) == 1 and not isinstance(error, IntegrityError):
            batch[0].settle(error)
        else:
            _one_at_a_time(batch)


def _answer(batch: list[_Waiting]) -> None:
    answers: list[tuple[_Waiting, Any]] = []
    with db.batch():
        for kind in dict.fromkeys(waiting.kind for waiting in batch):
            alike = [waiting for waiting in batch if waiting.kind is kind]
            answers += zip(alike, kind([waiting.act for waiting in alike]), strict=True)
    for waiting, answer in answers:  # only now: it is committed
        waiting.settle(answer)


def _one_at_a_time(batch: list[_Waiting]) -> None:
    """One of them broke the transaction of all: each gets its own, and its own error."""
    outage = False
    for waiting in batch:
        if outage:
            waiting.settle(Unavailable())
            continue
        try:
            db.once_more(lambda one=waiting: _answer([one]))  # type: ignore[misc]  # its default is its own
        except Exception as error:
            waiting.settle(error)
            outage = db.is_outage(error)  # the others need not find out one after another


def _told(answer: Any) -> Any:
    if isinstance(answer, Exception):
        raise answer
    return answer


_acts = Committing()


def commit(kind: Kind[A, R], act: A) -> R:
    """Do an act in the next transaction of this process; its answer, once that is committed."""
    return _acts.do(kind, act)
