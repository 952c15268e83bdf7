"""An event loop for a test, whatever other loops there are."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import Future
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


def on_a_loop(scene: Coroutine[Any, Any, T]) -> T:
    """Run it to its end on a thread of its own: on this one Playwright's loop runs, once there was a browser."""
    outcome: Future[T] = Future()

    def work() -> None:
        try:
            outcome.set_result(asyncio.run(scene))
        except BaseException as error:
            outcome.set_exception(error)

    Thread(target=work, daemon=True).start()
    return outcome.result()
