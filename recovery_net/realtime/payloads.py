"""What comes in over a socket: checked before anything else looks at it."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from recovery_net.core.errors import Invalid
from recovery_net.core.i18n import N_


class Payload(BaseModel):
    """Base of all payloads: an object with exactly the named fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


P = TypeVar("P", bound=Payload)


def parse(data: Any, kind: type[P]) -> P:
    """The payload, or `Invalid` naming the first field that cannot be used. Values are never echoed."""
    if not isinstance(data, dict):
        raise Invalid(N_("That was not understood: an object was expected."))
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name = str(fault["loc"][0])[:40] if fault["loc"] else "?"
        raise Invalid(N_("That was not understood: look at “%(field)s”."), field=name) from error
