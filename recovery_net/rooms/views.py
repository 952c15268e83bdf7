"""The rooms' pages. Reading, posting, joining and leaving work without JavaScript."""

import uuid

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from recovery_net.accounts.principal import current_account
from recovery_net.core import db, limits
from recovery_net.core.errors import DomainError, Invalid, require
from recovery_net.core.forms import answer
from recovery_net.core.http import error_message, wants_json
from recovery_net.core.i18n import N_
from recovery_net.core.limits import limiter
from recovery_net.rooms import history, policy, service, talking
from recovery_net.rooms.forms import InviteForm, JoinForm, MessageForm, RoomForm
from recovery_net.rooms.history import Page
from recovery_net.rooms.models import Membership
from recovery_net.rooms.reading import shown
from recovery_net.rooms.service import Place
from recovery_net.rooms.sockets import page_ack, send
from recovery_net.rooms.talking import Draft

bp = Blueprint("rooms", __name__, url_prefix="/rooms")


@bp.get("")
def index() -> ResponseReturnValue:
    """My rooms, invitations, and the rooms one may come into."""
    actor = current_account()
    with db.reading():
        places = service.places_for(actor)
    return render_template(
        "rooms/index.html",
        mine=[place for place in places if place.is_member],
        invited=[place for place in places if place.is_invited],
        others=[place for place in places if not place.is_member and not place.is_invited],
        may_open=policy.may_open_rooms(actor),
        join_form=JoinForm(),
    )


@bp.route("/new", methods=["GET", "POST"])
@limiter.limit(limits.WRITE, methods=["POST"])
def new() -> ResponseReturnValue:
    """Open a room."""
    actor = current_account()
    require(policy.may_open_rooms(actor), N_("Only moderators and operators open rooms."))
    form = RoomForm()

    def act() -> ResponseReturnValue:
        with db.transaction():
            room = service.open_room(actor, form.draft())
        return redirect(url_for("rooms.room", slug=room.slug), 303)

    return answer(form, lambda: render_template("rooms/edit.html", form=form, place=None), act)


@bp.get("/<slug>")
def room(slug: str) -> ResponseReturnValue:
    """Sit in a room."""
    before = request.args.get("before", type=int)
    with db.reading():
        place = service.room_for(current_account(), slug)
        if not place.may_read:
            return render_template("rooms/door.html", place=place, form=JoinForm())
        page = history.newest(place, before)
    was_read = page.head - place.unread
    if before is None and place.unread:
        with db.transaction():
            talking.mark_read(place, page.head)
    return _room_page(place, page, was_read=was_read, is_past=before is not None)


def _room_page(
    place: Place, page: Page, *, was_read: int, is_past: bool = False, form: MessageForm | None = None
) -> str:
    return render_template(
        "rooms/room.html",
        place=place,
        page=page,
        shown=shown(page, was_read),
        was_read=was_read,
        is_past=is_past,
        form=form or MessageForm(cid=str(uuid.uuid4())),
    )


@bp.get("/<slug>/events")
def events(slug: str) -> ResponseReturnValue:
    """Older events, for scrolling up: JSON, those before a `seq`."""
    before = request.args.get("before", type=int)
    with db.reading():
        page = history.newest(service.room_for(current_account(), slug), before)
    return jsonify(page_ack(page))


@bp.post("/<slug>/messages")
@limiter.limit(limits.WRITE)
def post(slug: str) -> ResponseReturnValue:
    """Say something through the plain form; what was typed comes back when it is refused."""
    form = MessageForm()
    try:
        ack = send(slug, _draft_of(form))
    except DomainError as error:
        if wants_json() or error.status in {401, 404}:
            raise
        return _refused(slug, form, error)
    if wants_json():
        return jsonify({"ok": True, **ack})
    return redirect(url_for("rooms.room", slug=slug, _anchor=f"m{ack['seq']}"), 303)


def _draft_of(form: MessageForm) -> Draft:
    try:
        cid = uuid.UUID(form.cid.data) if form.cid.data else uuid.uuid4()
    except ValueError as error:
        raise Invalid() from error
    return Draft(cid, form.body.data or "", content_note=form.content_note.data)


def _refused(slug: str, form: MessageForm, error: DomainError) -> ResponseReturnValue:
    with db.reading():
        place = service.room_for(current_account(), slug)
        if not place.may_read:
            raise error
        page = history.newest(place)
    form.body.errors = [error_message(error)]
    return _room_page(place, page, was_read=page.head, form=form), error.status


@bp.post("/<slug>/join")
@limiter.limit(limits.WRITE)
def join(slug: str) -> ResponseReturnValue:
    """Come in, or ask to."""
    form = JoinForm()
    if not form.validate():
        with db.reading():
            place = service.room_for(current_account(), slug)
        return render_template("rooms/door.html", place=place, form=form), 422
    if db.once_more(lambda: _join(slug, form.note.data or "")).is_active:
        return redirect(url_for("rooms.room", slug=slug), 303)
    flash(
        _("Your request is with the hosts. You will find the room among yours when they let you in."), "done"
    )
    return redirect(url_for("rooms.index"), 303)


def _join(slug: str, note: str) -> Membership:
    with db.transaction():
        return service.join(service.room_for(current_account(), slug), note)


@bp.post("/<slug>/leave")
@limiter.limit(limits.WRITE)
def leave(slug: str) -> ResponseReturnValue:
    """Leave; the way back stays as it was."""
    with db.transaction():
        service.leave(service.room_for(current_account(), slug))
    flash(_("You have left. Nobody was told."), "done")
    return redirect(url_for("rooms.index"), 303)


@bp.get("/<slug>/about")
def about(slug: str) -> ResponseReturnValue:
    """What the room is for, how people speak here; for hosts: who asks to come in."""
    return _about(slug, InviteForm())


def _about(slug: str, form: InviteForm) -> str:
    with db.reading():
        place = service.room_for(current_account(), slug)
        waiting = service.requests_in(place) if place.may_keep else ()
    return render_template("rooms/about.html", place=place, waiting=waiting, invite_form=form)


@bp.route("/<slug>/edit", methods=["GET", "POST"])
@limiter.limit(limits.WRITE, methods=["POST"])
def edit(slug: str) -> ResponseReturnValue:
    """Change a room."""
    with db.reading():
        place = service.room_for(current_account(), slug)
    require(place.may_keep, N_("Only a room's hosts change it."))
    form = RoomForm(obj=place.room)

    def act() -> ResponseReturnValue:
        with db.transaction():
            service.change_room(service.room_for(current_account(), slug), form.draft())
        return redirect(url_for("rooms.about", slug=slug), 303)

    return answer(form, lambda: render_template("rooms/edit.html", form=form, place=place), act)


@bp.post("/<slug>/requests/<uuid:membership_id>")
@limiter.limit(limits.WRITE)
def decide(slug: str, membership_id: uuid.UUID) -> ResponseReturnValue:
    """Let someone in, or not."""
    let_in = {"let-in": True, "decline": False}.get(request.form.get("decision", ""))
    if let_in is None:
        raise Invalid(N_("Say whether to let this person in, with one of the two buttons."))
    with db.transaction():
        service.decide_request(service.room_for(current_account(), slug), membership_id, let_in=let_in)
    return redirect(url_for("rooms.about", slug=slug), 303)


@bp.post("/<slug>/invitations")
@limiter.limit(limits.WRITE)
def invite(slug: str) -> ResponseReturnValue:
    """Ask someone in. The answer never says whether there is such a person."""
    form = InviteForm()
    if not form.validate():
        return _about(slug, form), 422
    db.once_more(lambda: _invite(slug, form.pseudonym.data or ""))
    flash(_("If someone goes by that name, they will find the invitation under Rooms."), "done")
    return redirect(url_for("rooms.about", slug=slug), 303)


def _invite(slug: str, pseudonym: str) -> None:
    with db.transaction():
        service.invite(service.room_for(current_account(), slug), pseudonym)
