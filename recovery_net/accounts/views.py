"""The pages of this feature, each module by what one comes to do."""

from recovery_net.accounts import (
    account_pages,
    entering,
    guideline_pages,
    invitation_pages,
    joining,
    leaving,
    passphrase_pages,
)
from recovery_net.accounts.blueprint import bp

PAGES = (joining, entering, leaving, account_pages, passphrase_pages, guideline_pages, invitation_pages)

__all__ = ["PAGES", "bp"]
