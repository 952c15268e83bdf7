"""Events of a room as clients get them (contract.md, `room:event`)."""

import uuid
from collections.abc import Iterable
from typing import Any, Protocol

from sqlalchemy import bindparam, select

from recovery_net.accounts.models import Account
from recovery_net.core import db, text
from recovery_net.core.i18n import N_
from recovery_net.realtime.log import LoggedEvent

Shown = dict[str, Any]
_AUTHORS = select(Account.id, Account.pseudonym, Account.avatar_seed, Account.role).where(
    Account.id.in_(bindparam("ids", expanding=True))
)


class Author(Protocol):
    """Who said something, as far as others see them."""

    @property
    def pseudonym(self) -> str: ...
    @property
    def avatar_seed(self) -> str: ...
    @property
    def role(self) -> str: ...


def present(slug: str, epoch: int, events: Iterable[LoggedEvent]) -> list[Shown]:
    """Events out of the log. Their words are rendered now, not when they were said: rules of safety reach old words."""
    listed = list(events)
    authors = _authors({event.author_id for event in listed if event.author_id})
    return [
        show(slug, epoch, event, authors.get(event.author_id) if event.author_id else None)
        for event in listed
    ]


def _authors(ids: set[uuid.UUID]) -> dict[uuid.UUID, Author]:
    if not ids:
        return {}
    return {row.id: row for row in db.core().execute(_AUTHORS, {"ids": list(ids)})}


def show(
    slug: str, epoch: int, event: LoggedEvent, author: Author | None, *, html: str | None = None
) -> Shown:
    """One event. `html` spares rendering the words again."""
    if not event.payload:  # retention took the content; the number stays
        return {"room": slug, "epoch": epoch, "seq": event.seq, "kind": "expired"}
    said = event.payload
    return {
        "room": slug,
        "epoch": epoch,
        "seq": event.seq,
        "kind": event.kind,
        "id": str(event.id),
        "cid": None if event.cid is None else str(event.cid),
        "author": _seen(event, author),
        "body": said["body"],
        "html": text.render(said["body"]) if html is None else html,
        "reply_to": said.get("reply_to"),
        "content_note": said.get("content_note"),
        "sent_at": event.sent_at.isoformat(),
    }


def _seen(event: LoggedEvent, author: Author | None) -> dict[str, str]:
    if author is None:
        return {"pseudonym": N_("former member"), "avatar": str(event.id), "role": "member"}
    return {"pseudonym": author.pseudonym, "avatar": author.avatar_seed, "role": author.role}
