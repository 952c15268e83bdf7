"""The rooms' forms: the way in without JavaScript."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from recovery_net.core.forms import Form
from recovery_net.rooms.models import Access
from recovery_net.rooms.service import GUIDELINES_LIMIT, NAME_LIMIT, NOTE_LIMIT, TOPIC_LIMIT, RoomDraft


class MessageForm(Form):
    """Say something. `cid` is made with the page, so that a form sent twice is one message."""

    body = TextAreaField(_l("Your message"))
    cid = HiddenField()
    content_note = StringField(_l("Talks about"))


class JoinForm(Form):
    """Come in, or ask to."""

    note = TextAreaField(
        _l("A word to the hosts"),
        validators=[Length(max=NOTE_LIMIT, message=_l("At most %(max)d characters, please."))],
    )


class InviteForm(Form):
    """Ask someone in."""

    pseudonym = StringField(
        _l("Pseudonym"),
        validators=[
            InputRequired(_l("Who would you like to ask in?")),
            Length(max=64, message=_l("No name is that long.")),
        ],
    )


class RoomForm(Form):
    """Make or change a room."""

    name = StringField(
        _l("Name"),
        validators=[
            InputRequired(_l("Give the room a name.")),
            Length(max=NAME_LIMIT, message=_l("A name has at most %(max)d characters.")),
        ],
    )
    topic = StringField(
        _l("What it is for"),
        validators=[Length(max=TOPIC_LIMIT, message=_l("At most %(max)d characters, please."))],
    )
    guidelines = TextAreaField(
        _l("How we speak here"),
        validators=[Length(max=GUIDELINES_LIMIT, message=_l("At most %(max)d characters, please."))],
    )
    access = SelectField(
        _l("Who comes in"),
        choices=[
            SelectChoice(Access.OPEN.value, _l("Open: every member of this site")),
            SelectChoice(Access.REQUEST.value, _l("By request: listed, a host lets people in")),
            SelectChoice(Access.PRIVATE.value, _l("Private: seen only by people who were asked in")),
        ],
    )
    retention_days = SelectField(
        _l("Messages stay"),
        coerce=int,
        default=90,
        choices=[
            SelectChoice(1, _l("1 day")),
            SelectChoice(7, _l("7 days")),
            SelectChoice(30, _l("30 days")),
            SelectChoice(90, _l("90 days")),
            SelectChoice(365, _l("1 year")),
        ],
    )

    def draft(self) -> RoomDraft:
        """What was typed, for the service."""
        return RoomDraft(
            name=self.name.data or "",
            topic=self.topic.data or "",
            guidelines=self.guidelines.data or "",
            access=self.access.data or Access.OPEN,
            retention_days=self.retention_days.data or 90,
        )
