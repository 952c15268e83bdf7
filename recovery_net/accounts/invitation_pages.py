"""Links for new members, where joining is by invitation."""

import uuid

from flask import current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from recovery_net.accounts import invitations
from recovery_net.accounts.blueprint import bp
from recovery_net.accounts.forms import InvitationForm
from recovery_net.accounts.principal import current_account
from recovery_net.core import db, limits
from recovery_net.core.forms import answer
from recovery_net.core.limits import limiter


@bp.route("/account/invitations", methods=["GET", "POST"])
@limiter.limit(limits.WRITE)
def invite() -> ResponseReturnValue:
    """My open links, and a new one. The link itself is in the answer to the form and nowhere later."""
    form = InvitationForm()
    return answer(form, lambda: _page(form), lambda: _invite(form))


def _page(form: InvitationForm, link: str | None = None) -> str:
    with db.reading():
        mine = invitations.invitations_of(current_account())
    return render_template("accounts/invitations.html", form=form, invitations=mine, link=link)


def _invite(form: InvitationForm) -> ResponseReturnValue:
    with db.transaction():
        token = invitations.make_invitation(current_account(), form.uses.data)
    path = url_for("accounts.join", invitation=token)
    return _page(form, current_app.config["SETTINGS"].public_url + path)


@bp.post("/account/invitations/<uuid:invitation_id>/end")
@limiter.limit(limits.WRITE)
def end_invitation(invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Close a link."""
    with db.transaction():
        invitations.end_invitation(current_account(), invitation_id)
    return redirect(url_for("accounts.invite"), 303)
