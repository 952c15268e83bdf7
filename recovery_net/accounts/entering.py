"""Ways in for those who have an account: sign in, a recovery code; and the passphrase once more."""

import re
from collections.abc import Callable
from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_login import current_user
from limits import parse

from recovery_net.accounts import devices, names, passphrases, recovery, service
from recovery_net.accounts.blueprint import bp
from recovery_net.accounts.forms import RecoverForm, SetUpForm, SignInForm
from recovery_net.accounts.models import Account
from recovery_net.accounts.principal import current_account, enter
from recovery_net.core import db, limits
from recovery_net.core.errors import Invalid
from recovery_net.core.forms import answer
from recovery_net.core.limits import limiter

TRIES = parse("10 per 15 minutes")  # at one name, from one network
TRIES_EVERYWHERE = parse("100 per hour")  # at one name


@bp.route("/sign-in", methods=["GET", "POST"])
@limiter.limit(limits.SIGN_IN, methods=["POST"])
def sign_in() -> ResponseReturnValue:
    """Sign a device in."""
    form = SignInForm(data={"next": request.args.get("next", "")})
    if current_user.is_authenticated:
        return redirect(local_path(form.next.data))
    return answer(form, partial(render_template, "accounts/sign-in.html", form=form), lambda: _sign_in(form))


def _sign_in(form: SignInForm) -> ResponseReturnValue:
    account = prove(form.pseudonym.data, form.passphrase.data)
    with db.transaction():
        device, token = service.sign_in(account, device_label())
    enter(device, token)
    return redirect(local_path(form.next.data), 303)


def prove(pseudonym: str, passphrase: str) -> Account:
    """The account that these belong to. Unknown name, wrong passphrase: the same answer after the same work."""
    forget = _count_try("sign-in", pseudonym)
    with db.reading():
        account = service.account_named(pseudonym)
    is_right = passphrases.is_right(account.passphrase_hash if account else None, passphrase)
    if account is None or not is_right:
        raise Invalid(service.WRONG)
    forget()
    return account


def _count_try(what: str, pseudonym: str) -> Callable[[], None]:
    """Count a try at a name; gives the way to forget it. One network alone cannot lock a member out elsewhere."""
    name = limits.anonymous_key(names.skeleton(pseudonym))
    asker = limits.asker()
    limits.budget().spend(TRIES, what, name, asker)
    limits.budget().spend(TRIES_EVERYWHERE, what, name)
    return partial(limits.budget().forget, TRIES, what, name, asker)


def prove_again(passphrase: str) -> Account:
    """An open session is not enough for what cannot be undone: the passphrase, once more."""
    try:
        return prove(current_account().pseudonym, passphrase)
    except Invalid as error:
        raise Invalid(fields={"passphrase": service.WRONG_PASSPHRASE}) from error


def device_label() -> str:
    """What this device is called in the list; the agent itself is kept nowhere."""
    return devices.label_for(request.user_agent.string)


def local_path(path: str | None) -> str:
    """A path of our own, or the first page: nobody is sent elsewhere by a link to the sign-in page."""
    is_ours = path is not None and path.isprintable() and re.match(r"/(?![/\\])", path)
    return path if path and is_ours else "/"


@bp.route("/recover", methods=["GET", "POST"])
@limiter.limit(limits.RECOVER, methods=["POST"])
def recover() -> ResponseReturnValue:
    """A new passphrase for one of ten codes."""
    if current_user.is_authenticated:
        return redirect("/")
    form = RecoverForm()
    page = partial(render_template, "accounts/recover.html", form=form)
    return answer(form, page, lambda: _recover(form), lambda: check_passphrase(form))


def check_passphrase(form: RecoverForm | SetUpForm) -> None:
    """Whether the new passphrase will do."""
    passphrases.check(form.passphrase.data or "", form.pseudonym.data or "")


def _recover(form: RecoverForm) -> ResponseReturnValue:
    _count_try("code", form.pseudonym.data)
    kept = passphrases.hashed(form.passphrase.data)
    with db.transaction():
        account = recovery.recover(service.account_named(form.pseudonym.data), form.code.data, kept)
        device, token = devices.begin(account, device_label())
        left = recovery.codes_left(account)
    enter(device, token)
    flash(gettext("You have a new passphrase, and every other device is signed out."))
    flash(ngettext("%(num)d recovery code is left.", "%(num)d recovery codes are left.", left))
    return redirect(url_for("accounts.overview"), 303)
