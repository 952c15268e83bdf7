"""Work that would hold up everyone else, on a real thread."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar, TypeVarTuple

Given = TypeVarTuple("Given")
R = TypeVar("R")


def in_thread(function: Callable[[*Given], R], /, *given: *Given) -> R:
    """Call a pure function (no database, no request) off the event loop; straight where there is no loop."""
    if not _has_loop():
        return function(*given)
    import gevent

    result: R
    result, error = gevent.get_hub().threadpool.apply(_outcome, (function, *given))
    if error is not None:
        raise error
    return result


def _has_loop() -> bool:
    return "gevent.monkey" in sys.modules and sys.modules["gevent.monkey"].is_module_patched("threading")


def _outcome(function: Callable[..., Any], *given: object) -> tuple[Any, Exception | None]:
    """The hub prints an exception of its threads together with the arguments: here, somebody's passphrase."""
    try:
        return function(*given), None
    except Exception as error:
        return None, error
