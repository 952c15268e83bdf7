"""Forms of joining, signing in and looking after an account."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, PasswordField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired

from recovery_net.accounts import invitations, zones
from recovery_net.core.forms import Form

_NAME = {"autocapitalize": "none", "autocomplete": "username", "autocorrect": "off", "spellcheck": "false"}
_CODE = {"autocapitalize": "characters", "autocomplete": "off", "autocorrect": "off", "spellcheck": "false"}


def _new_passphrase(label: str) -> PasswordField:
    needed = InputRequired(_l("Choose a passphrase. A few words in a row are easy to keep in mind."))
    return PasswordField(label, [needed], render_kw={"autocomplete": "new-password"})


def _own_passphrase(label: str) -> PasswordField:
    needed = InputRequired(_l("Type your passphrase."))
    return PasswordField(label, [needed], render_kw={"autocomplete": "current-password"})


class JoinForm(Form):
    pseudonym = StringField(
        _l("Pseudonym"), [InputRequired(_l("Choose a name to be known by."))], render_kw=_NAME
    )
    passphrase = _new_passphrase(_l("Passphrase"))
    agree = BooleanField(
        _l("I am 18 or older, and I agree to the guidelines"),
        [DataRequired(_l("Read the guidelines, then say here that you agree and are 18 or older."))],
        false_values=(False, "false", "", "0", "no", "off", "n"),
    )
    invitation = HiddenField()


class SetUpForm(Form):
    pseudonym = StringField(
        _l("Pseudonym"), [InputRequired(_l("Choose a name to be known by."))], render_kw=_NAME
    )
    passphrase = _new_passphrase(_l("Passphrase"))


class SignInForm(Form):
    pseudonym = StringField(_l("Pseudonym"), [InputRequired(_l("Type your pseudonym."))], render_kw=_NAME)
    passphrase = _own_passphrase(_l("Passphrase"))
    next = HiddenField()


class RecoverForm(Form):
    pseudonym = StringField(_l("Pseudonym"), [InputRequired(_l("Type your pseudonym."))], render_kw=_NAME)
    code = StringField(
        _l("Recovery code"), [InputRequired(_l("Type one of your ten codes."))], render_kw=_CODE
    )
    passphrase = _new_passphrase(_l("New passphrase"))


class PassphraseForm(Form):
    passphrase = _own_passphrase(_l("Passphrase now"))
    new_passphrase = _new_passphrase(_l("New passphrase"))


class ProveForm(Form):
    """Something that asks for the passphrase once more."""

    passphrase = _own_passphrase(_l("Passphrase"))


class TimeZoneForm(Form):
    time_zone = SelectField(_l("Time zone"), validate_choice=False)

    def offer(self) -> None:
        """Fill the list."""
        self.time_zone.choices = {
            gettext("Anywhere"): {"": _l("The device’s own"), "UTC": "UTC"},
            **zones.by_region(),
        }


class PresenceForm(Form):
    is_shown = BooleanField(_l("Show when I am here"))


class InvitationForm(Form):
    uses = IntegerField(
        _l("For how many people"),
        [InputRequired(_l("Say for how many people."))],
        default=1,
        render_kw={"min": 1, "max": invitations.MOST_USES},
    )


class EmptyForm(Form):
    """A button."""
