"""The blueprint of this feature, and how its forms are answered."""

from collections.abc import Callable

from flask import Blueprint, make_response, request
from flask.typing import ResponseReturnValue

from recovery_net.accounts.forms import Form
from recovery_net.core.errors import Invalid, TooMany

bp = Blueprint("accounts", __name__)

Page = Callable[[], str]
Check = Callable[[], None]
Act = Callable[[], ResponseReturnValue]


def answer(form: Form, page: Page, act: Act, check: Check | None = None) -> ResponseReturnValue:
    """Show a form, or act on it. A wrong one comes back with what was typed and one sentence a field.

    `check` is asked even when fields are missing, so that everything that is wrong is said at once.
    """
    if request.method != "POST":
        return page()
    is_complete = form.validate()
    try:
        if check is not None:
            check()
        if is_complete:
            return act()
    except (Invalid, TooMany) as error:
        form.tell(error)
        response = make_response(page(), error.status)
        if isinstance(error, TooMany):
            response.headers["Retry-After"] = str(error.retry_after)
        return response
    return page(), 422
