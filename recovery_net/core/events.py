"""Domain events: published inside a transaction, delivered after its commit, in order.

A handler that fails is logged and stops nobody: the commit stands, and whoever must not miss
anything reads the database (delivery.md, rule "the socket is a hint").
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import structlog

from recovery_net.core import logs

E = TypeVar("E")
Handler = Callable[[Any], None]

_handlers: dict[type, list[Handler]] = defaultdict(list)
_log = structlog.get_logger()


def on(kind: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register a handler for one kind of event; the same function registers once."""

    def register(handler: Callable[[E], None]) -> Callable[[E], None]:
        if handler not in _handlers[kind]:
            _handlers[kind].append(handler)
        return handler

    return register


def publish(event: object) -> None:
    """Queue an event on the open transaction; it leaves after the commit and never on a rollback."""
    from recovery_net.core import db

    db.published().append(event)


def deliver(events: Iterable[object]) -> None:
    """Call every handler of every event."""
    for event in events:
        for handler in _handlers[type(event)]:
            try:
                handler(event)
            except Exception as error:
                _log.error(
                    "event_handler_failed",
                    event_kind=type(event).__name__,
                    error=type(error).__name__,
                    where=logs.where(error),
                )
