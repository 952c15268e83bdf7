"""Online services that meetings use, and how words that open a meeting are kept from strangers."""

import re
from functools import cache
from urllib.parse import urlsplit

from recovery_net.core.i18n import N_
from recovery_net.meetings import facts

VEIL = N_("[for members]")

_CODE = (
    r"(?:pass[\s_-]?(?:code|word|phrase)|pwd|pw|pin|access code"
    r"|clave|contrase[ñn]a|mot de passe|kennwort|senha|c[óo]digo)"
)
_ROOM = (
    r"(?:(?:zoom|meeting|webinar|room|webex|skype|conference|personal)\s*"
    r"(?:room\s*)?(?:id|number|no\.?|#)|id)"
)
_JOINING = re.compile(
    rf"\b{_CODE}\b\s*(?:is|=|:|#|-|–)+\s*[^\s,;)]+"  # Passcode: serenity
    rf"|\b{_CODE}\s+(?=[^\s,;)]*\d)[^\s,;)]+"  # password 1234
    rf"|\b{_ROOM}\s*(?:is|=|:|#|-|–)*\s*\d[\d\s-]{{5,30}}"  # Meeting ID: 123 456 789
    r"|\+?\d[\d\s().-]{5,30},[,\d*#]{3,60}"  # a number with a code behind it
    r"|[?&;](?:pwd|pass|password|passcode|token|tk)=[^\s&]+",
    re.IGNORECASE,
)
_SUSPECT = re.compile(r"[\d:=/#]|\bis\b")  # without any of these there is nothing to cover
_ADDRESS = re.compile(
    r"(?:https?://|www\.)?(?P<host>[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8})(?::\d+)?/[^\s<>\"]*",
    re.IGNORECASE,
)


@cache
def _hosts() -> dict[str, str]:
    found: dict[str, str] = facts.load("conference-hosts.json")
    return found


@cache
def _known_host(host: str) -> str | None:
    """The listed host that this one is or lies below."""
    labels = host.casefold().rstrip(".").split(".")
    return next((tail for i in range(len(labels)) if (tail := ".".join(labels[i:])) in _hosts()), None)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def provider(url: str) -> str | None:
    """The name of the known service that an address leads to: Zoom."""
    known = _known_host(_host(url))
    return _hosts()[known] if known else None


def service_address(url: str) -> str | None:
    """The bare address of a known service: says how a meeting is held, opens nothing."""
    known = _known_host(_host(url))
    return f"https://{known}/" if known else None


def veil(text: str, veil: str = VEIL) -> str:
    """Free text with links, numbers and passcodes of online rooms taken out, for people without a session."""
    if not _SUSPECT.search(text):
        return text
    covered = _ADDRESS.sub(lambda found: veil if _opens(found) else found[0], text)
    return _JOINING.sub(veil, covered)


def _opens(address: re.Match[str]) -> bool:
    carries_code = re.search(r"[?&](?:pwd|pass|tk|token)", address[0]) is not None
    return carries_code or _known_host(address["host"]) is not None
