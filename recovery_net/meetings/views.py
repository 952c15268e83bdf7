"""The meeting list, a page for each meeting, and the feeds."""

from flask import Blueprint

bp = Blueprint("meetings", __name__)
