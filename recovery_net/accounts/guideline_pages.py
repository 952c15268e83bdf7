"""The guidelines: to be read by everyone, and agreed to again when they change."""

from flask import redirect, render_template
from flask.typing import ResponseReturnValue

from recovery_net.accounts import guidelines, service
from recovery_net.accounts.blueprint import bp
from recovery_net.accounts.forms import EmptyForm
from recovery_net.accounts.principal import current_account
from recovery_net.core import db
from recovery_net.core.forms import answer


@bp.get("/guidelines", endpoint="guidelines")
def read_guidelines() -> ResponseReturnValue:
    """What everyone here agrees to."""
    return render_template("accounts/guidelines.html", points=guidelines.POINTS)


@bp.route("/guidelines/agree", methods=["GET", "POST"])
def agree() -> ResponseReturnValue:
    """Asked of members when the text has changed."""
    form = EmptyForm()
    return answer(
        form, lambda: render_template("accounts/agree.html", form=form, points=guidelines.POINTS), _agree
    )


def _agree() -> ResponseReturnValue:
    with db.transaction():
        service.agree(current_account())
    return redirect("/", 303)
