"""One's own account: who I am here, where I am signed in, and how to go for good."""

import uuid
from functools import partial

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from recovery_net.accounts import devices, policy, recovery, service
from recovery_net.accounts.blueprint import bp
from recovery_net.accounts.entering import prove_again
from recovery_net.accounts.forms import PresenceForm, ProveForm, TimeZoneForm
from recovery_net.accounts.joining import needs_invitation
from recovery_net.accounts.leaving import goodbye
from recovery_net.accounts.principal import current_account, current_principal
from recovery_net.core import db, limits
from recovery_net.core.forms import answer
from recovery_net.core.limits import limiter


@bp.get("/account")
def overview() -> ResponseReturnValue:
    """Who I am here, and where I am signed in."""
    return _overview(TimeZoneForm(data={"time_zone": current_account().time_zone or ""}))


def _overview(form: TimeZoneForm) -> str:
    me = current_principal()
    form.offer()
    presence = PresenceForm()
    presence.is_shown.data = me.account.shows_presence  # whatever another form of this page sent
    with db.reading():
        mine, codes_left = devices.devices_of(me.account), recovery.codes_left(me.account)
    return render_template(
        "accounts/overview.html",
        form=form,
        presence=presence,
        me=me,
        devices=mine,
        codes_left=codes_left,
        may_invite=needs_invitation() and policy.may_invite(me.account),
    )


@bp.post("/account/time-zone")
@limiter.limit(limits.WRITE)
def time_zone() -> ResponseReturnValue:
    """Choose the zone in which times are shown."""
    form = TimeZoneForm()
    return answer(form, lambda: _overview(form), lambda: _choose_time_zone(form))


def _choose_time_zone(form: TimeZoneForm) -> ResponseReturnValue:
    with db.transaction():
        service.choose_time_zone(current_account(), form.time_zone.data or "")
    flash(gettext("Your time zone is kept."))
    return redirect(url_for("accounts.overview"), 303)


@bp.post("/account/presence", endpoint="presence")
@limiter.limit(limits.WRITE)
def choose_presence() -> ResponseReturnValue:
    """Choose whether others see when one is here."""
    form = PresenceForm()
    with db.transaction():
        service.choose_presence(current_account(), is_shown=bool(form.is_shown.data))
    flash(gettext("Your choice is kept."))
    return redirect(url_for("accounts.overview"), 303)


@bp.post("/account/devices/<uuid:device_id>/end")
@limiter.limit(limits.WRITE)
def end_device(device_id: uuid.UUID) -> ResponseReturnValue:
    """Sign one device out."""
    with db.transaction():
        devices.end(current_account(), device_id)
    if device_id == current_principal().device_id:
        return goodbye()
    flash(gettext("That device is signed out."))
    return redirect(url_for("accounts.overview"), 303)


@bp.post("/account/devices/end")
@limiter.limit(limits.WRITE)
def end_everywhere() -> ResponseReturnValue:
    """Sign out everywhere, here too."""
    with db.transaction():
        devices.end_all(current_account())
    return goodbye()


@bp.route("/account/delete", methods=["GET", "POST"])
@limiter.limit(limits.WRITE)
def erase() -> ResponseReturnValue:
    """Delete my account."""
    form = ProveForm()
    return answer(form, partial(render_template, "accounts/delete.html", form=form), lambda: _erase(form))


def _erase(form: ProveForm) -> ResponseReturnValue:
    account = prove_again(form.passphrase.data)
    with db.transaction():
        service.erase_account(account)
    return goodbye()
