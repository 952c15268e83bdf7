"""What everyone here agrees to. A change that matters raises `VERSION`, and everyone is asked again."""

from typing import NamedTuple, Protocol

from recovery_net.core.i18n import N_

VERSION = 1


class Point(NamedTuple):
    """One thing we ask of each other."""

    title: str
    text: str


POINTS = (
    Point(
        N_("What is said here stays here."),
        N_(
            "Other people’s words and stories are theirs. No screenshots, no retelling, however kindly meant."
        ),
    ),
    Point(
        N_("Nobody’s real name, yours included."),
        N_("Keep to pseudonyms. Do not try to find out who somebody is, and do not say that you know."),
    ),
    Point(
        N_("Speak for yourself."),
        N_("Tell what happened to you and what helped you. Advice can wait until somebody asks for it."),
    ),
    Point(
        N_("Every road counts."),
        N_("Meetings or none, medication or none, faith or none. Nobody has to defend how they get better."),
    ),
    Point(
        N_("Go gently with details."),
        N_("Amounts, methods and prices can stir things up. Leave them out, or put a content note in front."),
    ),
    Point(
        N_("Come as you are."),
        N_("You are welcome today, whatever yesterday was. If it is hard right now, come and say so."),
    ),
    Point(
        N_("Nothing is sold or sought here."),
        N_("No substances, no treatments, no collections, no recruiting."),
    ),
    Point(
        N_("A no needs no reason."),
        N_("To a message, a call or a question. Leave romance out of someone’s first weeks here."),
    ),
    Point(
        N_("This is company, not a clinic."),
        N_("We are peers. In danger, call an emergency number or a crisis line first; Help now has them."),
    ),
    Point(
        N_("Moderators are there for safety."),
        N_("They look after the rooms and who comes into them. If they are wrong, say so."),
    ),
)


class HasAgreed(Protocol):
    """Whatever says to which text somebody has agreed."""

    @property
    def guidelines_version(self) -> int: ...


def needs_guidelines(account: HasAgreed) -> bool:
    """Whether this account has yet to agree to the text as it is now."""
    return account.guidelines_version < VERSION
