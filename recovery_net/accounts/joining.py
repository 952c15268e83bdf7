"""New accounts: join, and the set-up link of the first operator."""

from functools import partial

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from limits import parse

from recovery_net.accounts import devices, invitations, names, passphrases, recovery, service, setup
from recovery_net.accounts.blueprint import bp
from recovery_net.accounts.entering import check_passphrase, device_label
from recovery_net.accounts.forms import JoinForm, SetUpForm
from recovery_net.accounts.models import Account, DeviceSession
from recovery_net.accounts.principal import enter
from recovery_net.core import db, limits
from recovery_net.core.errors import Invalid
from recovery_net.core.forms import answer
from recovery_net.core.limits import limiter

TAKEN_NAMES = parse("20 per hour")  # answers "taken" to one network
OFFERED = 6  # suggested names on the page; "another one" walks through them without asking again


@bp.route("/join", methods=["GET", "POST"])
@limiter.limit(limits.JOIN, methods=["POST"])
def join() -> ResponseReturnValue:
    """Become a member under a pseudonym."""
    if current_user.is_authenticated:
        return redirect("/")
    form = JoinForm(data={"invitation": request.args.get("invitation", "")})
    return answer(form, lambda: _join_page(form), lambda: _join(form), lambda: _check_application(form))


def _join_page(form: JoinForm) -> str:
    with db.reading():
        offered = service.suggest_pseudonyms(OFFERED)
        is_invited = _is_invited(form)
    if request.method == "GET":
        form.pseudonym.data = offered[0]
    return render_template("accounts/join.html", form=form, offered=offered, is_invited=is_invited)


def _check_application(form: JoinForm) -> None:
    """Every "taken" costs one of few tries, so that members cannot be found out by asking for many names."""
    asker = limits.asker()
    limits.budget().check(TAKEN_NAMES, asker)
    weakness = passphrases.objection(form.passphrase.data or "", form.pseudonym.data or "")
    try:
        with db.reading():
            _check_invitation(form)
            service.check_application(form.pseudonym.data or "", weakness)
    except Invalid as error:
        if error.fields.get("pseudonym") == names.TAKEN:
            limits.budget().spend(TAKEN_NAMES, asker)
        raise


def _check_invitation(form: JoinForm) -> None:
    if not _is_invited(form):
        raise Invalid(invitations.NOT_OPEN)


def _join(form: JoinForm) -> ResponseReturnValue:
    kept = passphrases.hashed(form.passphrase.data)
    with db.transaction():
        if needs_invitation():
            invitations.use_invitation(form.invitation.data)
        device, token = _begin_with_codes(service.add_account(form.pseudonym.data, kept))
    enter(device, token)
    return redirect(url_for("accounts.codes"), 303)


def _is_invited(form: JoinForm) -> bool:
    return not needs_invitation() or invitations.is_open(form.invitation.data or "")


def needs_invitation() -> bool:
    """Whether one joins by invitation here."""
    return bool(current_app.config["SETTINGS"].registration == "invite")


def _begin_with_codes(account: Account) -> tuple[DeviceSession, str]:
    """Sign this device in, with ten codes to be written down."""
    device, token = devices.begin(account, device_label())
    recovery.issue_codes(account, device)
    return device, token


@bp.get("/join/suggestion")
@limiter.limit(limits.READ_FEED)
def suggest() -> ResponseReturnValue:
    """Free names, for "another one" after those on the page."""
    with db.reading():
        return {"pseudonyms": service.suggest_pseudonyms(OFFERED)}


@bp.route("/set-up/<token>", methods=["GET", "POST"])
@limiter.limit(limits.JOIN, methods=["POST"])
def set_up(token: str) -> ResponseReturnValue:
    """Make the first operator. Works once."""
    with db.reading():
        setup.check_link(token)
    form = SetUpForm()
    page = partial(render_template, "accounts/set-up.html", form=form)
    return answer(form, page, lambda: _set_up(form, token), lambda: check_passphrase(form))


def _set_up(form: SetUpForm, token: str) -> ResponseReturnValue:
    kept = passphrases.hashed(form.passphrase.data)
    with db.transaction():
        device, key = _begin_with_codes(setup.make_operator(token, form.pseudonym.data, kept))
    enter(device, key)
    return redirect(url_for("accounts.codes"), 303)
