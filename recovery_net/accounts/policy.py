"""Who may do what with accounts: pure answers."""

from recovery_net.accounts.models import Account, Role


def may_invite(actor: Account) -> bool:
    """Whether this account may make links by which others join."""
    return actor.role in {Role.MODERATOR, Role.OPERATOR}
