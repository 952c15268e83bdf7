"""What happens in rooms, for those who must react after the commit."""

import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MembershipEnded:
    """Someone has left a room, or was let go."""

    room_id: uuid.UUID
    account_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class AccessChanged:
    """A room was opened or closed: who only walked in may have to go."""

    room_id: uuid.UUID
