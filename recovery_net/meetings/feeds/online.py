"""How to join online: links, phone numbers, payment handles, and the other addresses a row may carry."""

import ipaddress
import re
from urllib.parse import urlsplit

from recovery_net.meetings import providers
from recovery_net.meetings.feeds.report import Row
from recovery_net.meetings.feeds.text import as_text, clean, line, passage

WAYS_IN = ("conference_url", "conference_phone")
_LONGEST = 1000  # characters of an address
_LINK = re.compile(r"https?://[^\s<>\"'\\]+", re.IGNORECASE)
_HOST = re.compile(r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.)+[a-z0-9-]{2,63}\.?", re.IGNORECASE)
_HANDLES = {"venmo": r"@[\w.-]{1,40}", "square": r"\$[\w.-]{1,40}", "paypal": r"(?=.*[^\W\d_])[\w.-]{1,40}"}
_SPACING = re.compile(r"[\s().\u2010-\u2015-]+")
_DIALLED = re.compile(r"\+?\(?\d[\d().\s\u2010-\u2015-]*(?:[,*#][\d,*#\s]*)*")
_PAYMENT_PAGE = re.compile(r"^https?://(?:www\.)?(?:venmo\.com/(?:u/)?|paypal\.me/|cash\.app/)")
_PASSCODE = re.compile(r"pass|pwd|\bpw\b|\bpin\b|\bcode\b|\d{5,}", re.IGNORECASE)


def address(row: Row, name: str) -> str:
    """A web address, or nothing."""
    said = as_text(row.get(name)) or ""
    found = read_address(said)
    if found != said.strip():
        row.repaired(name, row.get(name), found)
    return found


def read_address(said: str) -> str:
    """The http(s) address in what somebody wrote; "" when there is none that a browser could open safely."""
    text = re.sub(r"(?<=[/=])\s+(?=\w)", "", said.strip()[: _LONGEST * 2])
    if found := _LINK.search(text):
        text = found[0]
    elif re.fullmatch(r"(?:[\w-]+\.)+[a-z]{2,}(?:/[^\s<>\"'\\]*)?", text, re.IGNORECASE):
        text = f"https://{text}"
    else:
        return ""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    is_safe = len(text) <= _LONGEST and "@" not in parts.netloc and port != 0 and text.isprintable()
    return text if is_safe and _is_host(host) else ""


def _is_host(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        pass
    try:
        return _HOST.fullmatch(host.encode("idna").decode()) is not None
    except UnicodeError:
        return False


def phone(row: Row, name: str = "conference_phone") -> tuple[str, str]:
    """Digits and `+ , * #` that a phone can dial, and the words that stood around them."""
    said = line(row, name)
    bare = _SPACING.sub("", said)
    if not said or re.fullmatch(r"\+?[\d,*#]{5,120}", bare):
        number, words = bare, ""
    else:
        found = _DIALLED.search(said)
        number = _SPACING.sub("", found[0])[:120] if found else ""
        if found and said[found.end() : found.end() + 1].isalnum():  # a code in letters: no phone has them
            number = re.sub(r"(?:,+#?)*$", "", number[: number.rfind("#") + 1] or number.split(",")[0])
        words = said if re.search(r"[^\W\d_]{3}\s", said) else ""
    if sum(char.isdigit() for char in number) < 5:
        number, words = "", said
    if number != said:
        row.repaired(name, said, number)
    return number, words


def payment(row: Row, name: str) -> tuple[str, str]:
    """A payment handle; and a passcode that somebody put there instead."""
    said = line(row, name, 100)
    handle = _PAYMENT_PAGE.sub("", said).rstrip("/")
    if handle != said and name != "paypal" and handle:
        handle = {"venmo": "@", "square": "$"}[name] + handle.lstrip("@$")
    if re.fullmatch(_HANDLES[name], handle) and not re.search(r"(?i)pass(?:code|word)|pwd", handle):
        return handle, ""
    if said:
        row.repaired(name, said, "")
    return "", said if _PASSCODE.search(said) else ""


def joining(row: Row) -> dict[str, str]:
    """What opens the meeting or belongs to its keepers: for members only. Empty values are left out."""
    link, notes = address(row, "conference_url"), [passage(row, "conference_url_notes", 1000)]
    number, words = phone(row)
    said = clean((as_text(row.get("conference_url")) or "")[:2000])
    if said and said != link and re.search(r"[^\W\d_]{3}\s", said.replace(link or "\0", "")):
        notes.append(" ".join(said.replace(link, " ").split()).strip(" :-") if link else said)
    for label, name in (("Meeting ID", "meeting_id"), ("Passcode", "passcode")):
        if value := line(row, name, 100):
            notes.append(f"{label}: {value}")
    payments = {name: payment(row, name) for name in _HANDLES}
    notes += [stray for _handle, stray in payments.values()]
    found = {
        "conference_url": link,
        "conference_url_notes": _together(notes),
        "conference_phone": number,
        "conference_phone_notes": _together([passage(row, "conference_phone_notes", 1000), words]),
        "edit_url": address(row, "edit_url"),
    } | {name: handle for name, (handle, _stray) in payments.items()}
    return {name: value for name, value in found.items() if value}


def _together(notes: list[str]) -> str:
    """Notes one below the other, none twice."""
    kept: list[str] = []
    for note in filter(None, notes):
        if not any(note in other for other in kept):
            kept.append(note)
    return "\n".join(kept)[:2000].strip()


def page(row: Row, link: dict[str, str]) -> str:
    """The meeting's own page. A room's address that somebody put there is moved to where it belongs."""
    said, series = row.get("url"), row.get("recovery_net_series")
    if series and isinstance(said, str) and said.endswith(f"/meetings/{series}"):
        return ""  # our own page, written for other readers where the list gave none
    found = address(row, "url")
    if found and providers.provider(found):
        if "conference_url" not in link:
            link["conference_url"] = found
        row.repaired("url", found, "")
        return ""
    return found
