"""The one clock. Everything that asks for the time asks here, so that tests can hold it still."""

from datetime import UTC, date, datetime, timedelta

_frozen: datetime | None = None


def now() -> datetime:
    """The current moment: aware, in UTC."""
    return _frozen or datetime.now(UTC)


def today() -> date:
    """The current day in UTC, the finest grain at which joins and visits are stored."""
    return now().date()


def freeze(at: datetime) -> None:
    """Hold the clock at an aware moment until `thaw`."""
    global _frozen  # noqa: PLW0603 - there is one clock
    if at.tzinfo is None:
        raise ValueError("the clock is frozen at an aware time only")
    _frozen = at.astimezone(UTC)


def shift(*, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
    """Move a frozen clock on."""
    freeze(now() + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds))


def thaw() -> None:
    """Let the clock run again."""
    global _frozen  # noqa: PLW0603
    _frozen = None
