"""The rooms in the JSON API: the socket's payloads and answers over plain HTTP, for when a socket cannot be had."""

from urllib.parse import unquote

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from recovery_net.accounts.principal import current_account
from recovery_net.core import db, limits
from recovery_net.core.errors import SignInNeeded
from recovery_net.realtime.payloads import parse
from recovery_net.rooms import history, service
from recovery_net.rooms.sockets import SendMessage, page_ack, send
from recovery_net.rooms.talking import Draft

bp = Blueprint("rooms_api", __name__, url_prefix="/api/v1/rooms")


@bp.before_request
def _refuse_for_another() -> None:
    """A page says for whom it was made: left open, it must not read or speak for whoever signs in after."""
    asked_for = request.headers.get("X-Account")
    if asked_for is not None and unquote(asked_for) != current_account().pseudonym:
        raise SignInNeeded()


@bp.before_request
def _count() -> None:
    """As many requests as socket events: a refused message asks the database as well."""
    limits.budget().spend(limits.SOCKET_EVENT, "api", str(current_account().id))


@bp.get("")
def index() -> ResponseReturnValue:
    """The rooms I may know of."""
    with db.reading():
        places = service.places_for(current_account())
        return jsonify(rooms=[_room(place) for place in places])


def _room(place: service.Place) -> dict[str, object]:
    return {
        "room": place.slug,
        "name": place.name,
        "topic": place.room.topic,
        "access": place.room.access,
        "is_member": place.is_member,
        "unread": place.unread,
    }


@bp.get("/<slug>/events")
def events(slug: str) -> ResponseReturnValue:
    """The events after a `seq`, as `room:sync` gives them."""
    with db.reading():
        place = service.room_for(current_account(), slug)
        after = request.args.get("after", type=int)
        return jsonify(page_ack(history.newest(place) if after is None else history.since(place, after)))


@bp.post("/<slug>/messages")
def post(slug: str) -> ResponseReturnValue:
    """Send a message, with the payload and the answer of `message:send`."""
    data = request.get_json(silent=True)
    message = parse(data | {"room": slug} if isinstance(data, dict) else data, SendMessage)
    ack = send(slug, Draft(message.cid, message.body, message.reply_to, message.content_note))
    return jsonify({"ok": True, **ack})
