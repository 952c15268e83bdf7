"""Work that would hold up everyone else, on a real thread."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar, TypeVarTuple

Given = TypeVarTuple("Given")
R = TypeVar("R")


def in_thread(function: Callable[[*Given], R], /, *given: *Given) -> R:
    """Call a pure function (no database, no request) off the event loop; straight where there is no loop."""
    if not has_loop():
        return function(*given)
    import gevent

    done: R = _told(gevent.get_hub().threadpool.apply(_outcome, (function, *given)))
    return done


class Lane:
    """One real thread of its own, for work that must not queue behind anything else."""

    def __init__(self) -> None:
        self._thread: Any = None

    def run(self, function: Callable[[], R]) -> R:
        """Call off the event loop, to the end: whoever is stopped meanwhile stops after it."""
        if not has_loop():
            return function()
        from gevent.threadpool import ThreadPool

        if self._thread is None:
            self._thread = ThreadPool(1)
        at_work = self._thread.spawn(_outcome, function)
        try:
            done: R = _told(at_work.get())
        except BaseException:
            at_work.wait()
            raise
        return done


def _told(outcome: tuple[Any, Exception | None]) -> Any:
    result, error = outcome
    if error is not None:
        raise error
    return result


def has_loop() -> bool:
    """Whether an event loop runs this process."""
    return "gevent.monkey" in sys.modules and sys.modules["gevent.monkey"].is_module_patched("threading")


def _outcome(function: Callable[..., Any], *given: object) -> tuple[Any, Exception | None]:
    """The hub prints an exception of its threads together with the arguments: here, somebody's passphrase."""
    try:
        return function(*given), None
    except Exception as error:
        return None, error
