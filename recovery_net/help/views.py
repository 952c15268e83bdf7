"""Help now: `/help`. Open to everyone, without JavaScript, without a session, and with the database down."""

import unicodedata

from babel import Locale
from flask import Blueprint, current_app, render_template, request, session
from flask_babel import get_locale, gettext
from flask_login import current_user
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from recovery_net.accounts.models import Account, Role
from recovery_net.core import db
from recovery_net.core.text import leave_path
from recovery_net.help import lines
from recovery_net.help.countries import ELSEWHERE, country_for

bp = Blueprint("help", __name__)

_STAFF = {Role.COUNSELOR, Role.MODERATOR, Role.OPERATOR}


@bp.get("/help")
def index() -> str:
    """Crisis lines of the reader's country, first of all; then what helps while waiting."""
    account = current_user.account if current_user.is_authenticated else None
    country = _country(account)
    spoken = [tag.partition("-")[0].lower() for tag in request.accept_languages.values()]
    return render_template(
        "help/help.html",
        board=lines.board_for(country, spoken, is_staff=account is not None and account.role in _STAFF),
        country=country,
        country_name=_locale().territories.get(country),
        countries=_choices(),
        elsewhere=ELSEWHERE,
        directory=leave_path(lines.DIRECTORY),
        leave_path=leave_path,
        tongues=_tongues,
        say=gettext,  # hours and notes are data: translated, then escaped like any other text
        is_cut_off=_is_cut_off(),
    )


def _country(account: Account | None) -> str:
    zone = request.args.get("tz") or (account.time_zone if account else None)
    accepted = [str(tag) for tag in request.accept_languages.values()]
    return country_for(
        request.args.get("country", ""), zone, accepted, current_app.config["SETTINGS"].country
    )


def _choices() -> list[tuple[str, str]]:
    """Every country we have lines for, by its name in the reader's language."""
    names = _locale().territories
    listed = [(code, str(names.get(code, code))) for code in lines.countries()]
    return sorted(listed, key=lambda pair: unicodedata.normalize("NFD", pair[1].casefold()))


def _tongues(line: lines.Line) -> str:
    """The languages of a line, by their names in the reader's."""
    return ", ".join(str(_locale().languages.get(code, code)) for code in line.languages)


def _locale() -> Locale:
    return get_locale() or Locale("en")


def _is_cut_off() -> bool:
    """Somebody with a session who is taken for a visitor: has it ended, or is the database away?"""
    if current_user.is_authenticated or "_user_id" not in session:
        return False
    try:
        with db.reading() as opened:
            opened.execute(text("select 1"))
    except SQLAlchemyError:
        return True
    return False
