"""The rooms in the side bar of every page."""

from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from recovery_net.core import db
from recovery_net.rooms.service import Place, my_places


def nav_rooms() -> list[Place]:
    """Where the signed-in person belongs, with what is unread; nothing for anybody else."""
    try:
        if not current_user or not current_user.is_authenticated:
            return []
        with db.reading():
            return my_places(current_user.account)
    except SQLAlchemyError:
        return []  # a page that tells of an outage must not fail over its side bar
