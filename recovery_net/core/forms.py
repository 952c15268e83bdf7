"""Forms: one base, and one way in which they are answered."""

from collections.abc import Callable
from typing import Any

from flask import make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import FlaskForm

from recovery_net.core.errors import DomainError, Invalid, TooMany
from recovery_net.core.http import error_message

Page = Callable[[], str]
Check = Callable[[], None]
Act = Callable[[], ResponseReturnValue]


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A form that can be told what a rule said."""

    def __init__(self, **values: Any) -> None:
        # Only what a form sends: Flask-WTF would take JSON too, and with it numbers and lists for text.
        super().__init__(request.form if request.method == "POST" else None, **values)

    def tell(self, error: DomainError) -> None:
        """Put each sentence beside its field, or above the form. A field that has one already keeps that."""
        fields = error.fields if isinstance(error, Invalid) else {}
        for name, sentence in fields.items():
            self[name].errors = self[name].errors or [gettext(sentence, **error.params)]
        if not fields:
            self.form_errors.append(error_message(error))


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
