"""What happens in rooms, for those who must react after the commit."""

import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MembershipEnded:
    """Someone has left a room, or was let go: their sockets stop listening."""

    room_id: uuid.UUID
    account_id: uuid.UUID
