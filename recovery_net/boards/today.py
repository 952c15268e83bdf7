"""Today: what is waiting for a member this evening."""

from flask import render_template

from recovery_net.accounts.models import Account
from recovery_net.core import db
from recovery_net.rooms import service


def today_page(account: Account) -> str:
    """My rooms with what is new in them, and what begins soon."""
    with db.reading():
        places = service.places_for(account)
    return render_template(
        "boards/today.html",
        mine=[place for place in places if place.is_member],
        invited=[place for place in places if place.is_invited],
        open_rooms=[place for place in places if place.may_enter and not place.is_invited][:4],
    )
