"""What opens an account: its passphrase and its recovery codes."""

from functools import partial

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from recovery_net.accounts import devices, passphrases, recovery, service
from recovery_net.accounts.blueprint import bp
from recovery_net.accounts.entering import prove_again
from recovery_net.accounts.forms import PassphraseForm, ProveForm
from recovery_net.accounts.principal import current_account, current_principal
from recovery_net.core import db, limits
from recovery_net.core.forms import answer
from recovery_net.core.limits import limiter


@bp.route("/account/passphrase", methods=["GET", "POST"])
@limiter.limit(limits.WRITE)
def passphrase() -> ResponseReturnValue:
    """Change the passphrase."""
    form = PassphraseForm()
    page = partial(render_template, "accounts/passphrase.html", form=form)
    return answer(form, page, lambda: _change_passphrase(form), lambda: _check_new_passphrase(form))


def _check_new_passphrase(form: PassphraseForm) -> None:
    passphrases.check(form.new_passphrase.data or "", current_account().pseudonym, "new_passphrase")


def _change_passphrase(form: PassphraseForm) -> ResponseReturnValue:
    account = prove_again(form.passphrase.data)
    kept = passphrases.hashed(form.new_passphrase.data)
    with db.transaction():
        service.change_passphrase(account, kept, keep=current_principal().device_id)
    flash(gettext("You have a new passphrase, and every other device is signed out."))
    return redirect(url_for("accounts.overview"), 303)


@bp.route("/account/codes", methods=["GET", "POST"])
@limiter.limit(limits.WRITE)
def codes() -> ResponseReturnValue:
    """New codes while they are to be written down; later how many are left, and a way to new ones."""
    form = ProveForm()
    return answer(form, lambda: _codes_page(form), lambda: _issue_codes(form))


def _codes_page(form: ProveForm) -> str:
    me = current_principal()
    with db.reading():
        left = recovery.codes_left(me.account)
    return render_template("accounts/codes.html", form=form, codes=recovery.fresh_codes(me.device), left=left)


def _issue_codes(form: ProveForm) -> ResponseReturnValue:
    account = prove_again(form.passphrase.data)
    with db.transaction():
        recovery.issue_codes(account, devices.device_of(account, current_principal().device_id))
    return redirect(url_for("accounts.codes"), 303)


@bp.post("/account/codes/kept")
def codes_kept() -> ResponseReturnValue:
    """They are written down."""
    with db.transaction():
        recovery.put_codes_away(devices.device_of(current_account(), current_principal().device_id))
    return redirect("/", 303)
