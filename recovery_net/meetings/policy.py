"""Who may see what of a meeting. Pure."""

from recovery_net.accounts.models import Account


def may_see_joining(actor: Account | None) -> bool:
    """Links, numbers, passcodes: for members. Strangers are told to sign in."""
    return actor is not None
