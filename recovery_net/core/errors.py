"""Errors that people may see. Anything that is not a `DomainError` is a bug and is answered without detail."""

from collections.abc import Mapping
from typing import ClassVar

from recovery_net.core.i18n import N_


class DomainError(Exception):
    """A refusal in one kind sentence. `message` is English source text with `%(name)s` places for `params`."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    permanent: ClassVar[bool] = True  # False: the same request may succeed later, so an outbox keeps trying

    def __init__(self, message: str = "", /, **params: object) -> None:
        self.message = message or self.default_message
        self.params = params
        super().__init__(self.message)

    default_message: ClassVar[str] = N_("That did not work. Nothing was changed.")


class Invalid(DomainError):
    """Input that cannot be used. `fields` maps a field's name to one sentence."""

    code = "invalid"
    status = 422
    default_message = N_("Something in the form needs another look.")

    def __init__(
        self, message: str = "", /, fields: Mapping[str, str] | None = None, **params: object
    ) -> None:
        super().__init__(message, **params)
        self.fields = dict(fields or {})


class TooEarly(DomainError):
    """Something else has to come first; then the same request succeeds."""

    code = "not_allowed"
    status = 425
    permanent = False
    default_message = N_("Not yet.")


class NotFound(DomainError):
    """Missing or hidden: the two are told apart by nobody."""

    code = "not_found"
    status = 404
    default_message = N_("This does not exist, or it is not open to you.")


class NotAllowed(DomainError):
    """Seen, but not this person's to do."""

    code = "not_allowed"
    status = 403
    default_message = N_("You cannot do that here.")


class Conflict(DomainError):
    """The state has moved on, or the thing is there already."""

    code = "conflict"
    status = 409
    default_message = N_("This has changed in the meantime. Look again, then decide.")


class TooMany(DomainError):
    """A limit. `retry_after` is in seconds."""

    code = "too_many"
    status = 429
    permanent = False
    default_message = N_("That was a lot at once. Take a breath and try again in a moment.")

    def __init__(self, message: str = "", /, retry_after: int = 10, **params: object) -> None:
        super().__init__(message, **params)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """Something that we need is away for a moment: the database, say."""

    code = "unavailable"
    status = 503
    permanent = False
    default_message = N_("We cannot reach our own notes right now. Nothing is lost. Try again in a minute.")


class SignInNeeded(DomainError):
    """No session, or one that has ended."""

    code = "sign_in"
    status = 401
    default_message = N_("Please sign in first.")


def require(condition: bool, message: str = "") -> None:
    """Refuse with `NotAllowed` unless the condition holds."""
    if not condition:
        raise NotAllowed(message)
