"""What every answer has: headers, and one way in which errors are told."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import (
    Flask,
    Response,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from recovery_net.core import db, logs
from recovery_net.core.errors import DomainError, Invalid, NotFound, SignInNeeded, TooMany, Unavailable
from recovery_net.core.i18n import N_

_log = structlog.get_logger()

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), payment=(), usb=(), browsing-topics=(), geolocation=(self)",
}
_SENTENCES = {
    400: N_("The request could not be read. Go back, reload the page and try again."),
    404: NotFound.default_message,
    405: N_("That cannot be done in this way. Go back and use the page's own buttons."),
    413: N_("That is too large to be taken."),
    429: TooMany.default_message,
}


def init(app: Flask) -> None:
    """Put headers on every answer and map errors to pages and JSON problems."""
    app.after_request(_protect)
    app.register_error_handler(DomainError, _tell)
    app.register_error_handler(HTTPException, _tell_http)
    app.register_error_handler(SQLAlchemyError, _tell_outage)
    app.register_error_handler(Exception, _tell_bug)
    app.before_request(_refuse_cross_site)


def error_message(error: DomainError) -> str:
    """The sentence of an error, in the reader's language."""
    return str(gettext(error.message, **error.params) if error.params else gettext(error.message))


def wants_json() -> bool:
    """Whether the caller is a program: the API, or one that says so."""
    if request.path.startswith("/api/"):
        return True
    accepted = request.accept_mimetypes
    return accepted.best_match(["text/html", "application/json"]) == "application/json"


def _protect(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", _policy())
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    if current_app.config["SETTINGS"].is_https:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def _policy() -> str:
    # Named beside 'self': older Safari does not count ws: as the same origin.
    origins: tuple[str, ...] = current_app.config["SETTINGS"].origins
    sockets = " ".join(origin.replace("http", "ws", 1) for origin in origins)
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src 'self' {sockets}; manifest-src 'self'; form-action 'self'{_exit_origin()}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def _exit_origin() -> str:
    """Where quick exit leads when the host chose another site: browsers count the redirect as the form's."""
    away = urlsplit(current_app.config["SETTINGS"].exit_url)
    return f" {away.scheme}://{away.netloc}" if away.netloc else ""


def _refuse_cross_site() -> None:
    """A second lock beside the CSRF token: browsers say when a request comes from another site."""
    if (
        request.method not in {"GET", "HEAD", "OPTIONS"}
        and request.headers.get("Sec-Fetch-Site") == "cross-site"
    ):
        raise DomainError(_SENTENCES[400])


def _tell(error: DomainError) -> ResponseReturnValue:
    if isinstance(error, SignInNeeded) and request.method in {"GET", "HEAD"} and not wants_json():
        back = request.full_path.rstrip("?") if request.path != "/" else None
        return redirect(url_for("accounts.sign_in", next=back))
    response = _answer(error.status, error.code, error_message(error), fields=_fields(error))
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _fields(error: DomainError) -> dict[str, str]:
    if not isinstance(error, Invalid):
        return {}
    return {name: gettext(message, **error.params) for name, message in error.fields.items()}


def _tell_http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if error.response is not None:
        return error.get_response()
    if 300 <= status < 400:
        return error
    sentence = _SENTENCES.get(status) or (_SENTENCES[400] if status < 500 else DomainError.default_message)
    response = _answer(status, HTTPStatus(status).phrase.lower().replace(" ", "_"), gettext(sentence))
    for name, value in error.get_headers(request.environ):
        if name in {"Retry-After", "Allow"}:
            response.headers[name] = value
    if status == 429:
        response.headers.setdefault("Retry-After", "60")  # the page limits count by the minute or longer
    return response


def _tell_outage(error: SQLAlchemyError) -> ResponseReturnValue:
    if not db.is_outage(error):
        return _tell_bug(error)
    _log.error("database_away", where=logs.where(error), endpoint=request.endpoint)
    return _tell(Unavailable())


def _tell_bug(error: Exception) -> ResponseReturnValue:
    _log.error("unhandled", error=type(error).__name__, where=logs.where(error), endpoint=request.endpoint)
    return _answer(
        500, "bug", gettext(N_("Something broke on our side. What you had saved is safe. Try again."))
    )


def _answer(status: int, code: str, message: str, **more: Any) -> Response:
    if wants_json():
        # RFC 9457
        problem = {"type": "about:blank", "title": message, "status": status, "code": code}
        response = jsonify(problem | {name: value for name, value in more.items() if value})
        response.mimetype = "application/problem+json"
    else:
        page = render_template("errors/error.html", status=status, message=message, **more)
        response = make_response(page)
    response.status_code = status
    return response
