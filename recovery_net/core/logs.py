"""Logs without content: an event's name, codes and counts. No words, no address, no agent, no member."""

import logging
import sys
from contextlib import suppress
from functools import partial

import structlog


def configure() -> None:
    """Log lines to standard error; readable on a terminal, JSON elsewhere."""
    renderer = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            _without_details,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=partial(_Unfailing, sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Libraries' own loggers may carry requests, addresses or values: only their warnings' names matter to us.
    for name in ("werkzeug", "engineio.server", "socketio.server", "sqlalchemy", "flask-limiter"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


class _Unfailing(structlog.PrintLogger):
    """On a full disk nothing can be written down; what was to be answered is answered all the same."""

    def msg(self, message: str) -> None:
        with suppress(OSError):
            super().msg(message)

    debug = info = warning = error = critical = msg


def _without_details(
    _logger: object, _method: str, line: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """An exception's text may quote what a member wrote; its type and place are enough to find the bug."""
    line.pop("exc_info", None)
    return line


def where(error: BaseException) -> str:
    """`module:line` of the innermost frame of an exception: a place without values."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "unknown"
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
