"""`flask members …`: make, erase, and give roles from the command line."""

import sys

import click
from flask.cli import AppGroup

from recovery_net.accounts import passphrases, service
from recovery_net.accounts.models import Account, Role
from recovery_net.core import db
from recovery_net.core.errors import DomainError, Invalid

members = AppGroup("members", help="People of this instance.")

_ROLES = click.Choice([role.value for role in Role])


class Refusal(click.ClickException):
    """One sentence, exit code 2."""

    exit_code = 2


@members.command("create")
@click.argument("pseudonym")
@click.option("--role", type=_ROLES, default=Role.MEMBER.value, show_default=True)
@click.option("--passphrase-stdin", is_flag=True, help="Read the passphrase from standard input.")
def create(pseudonym: str, role: str, *, passphrase_stdin: bool) -> None:
    """Make an account that is settled and has agreed to the guidelines."""
    passphrase, is_made_up = _passphrase(is_piped=passphrase_stdin)
    kept = passphrases.hashed(passphrase)
    try:
        with db.transaction():
            account = service.add_account(pseudonym, kept, role=role, is_settled=True)
    except DomainError as error:
        raise Refusal(_sentence(error)) from error
    click.echo(f"{account.pseudonym} is here now ({role}).")
    if is_made_up:
        click.echo(f"Passphrase, shown once: {passphrase}")


@members.command("erase")
@click.argument("pseudonym")
def erase(pseudonym: str) -> None:
    """Remove an account. What it said in rooms stays without a name."""
    with db.transaction():
        account = _found(pseudonym)
        service.erase_account(account)
    click.echo(f"{account.pseudonym} is erased.")


@members.command("role")
@click.argument("pseudonym")
@click.argument("role", type=_ROLES)
def change_role(pseudonym: str, role: str) -> None:
    """Give an account another role."""
    with db.transaction():
        account = _found(pseudonym)
        service.change_role(account, Role(role))
    click.echo(f"{account.pseudonym} is {role} now.")


def _passphrase(*, is_piped: bool) -> tuple[str, bool]:
    """From the pipe, from a person, or made up; and whether it was made up."""
    if is_piped:
        passphrase = sys.stdin.readline().rstrip("\r\n")
        if not passphrase or len(passphrase) > passphrases.LONGEST:
            raise Refusal(f"Pipe a passphrase of 1 to {passphrases.LONGEST} characters on one line.")
        return passphrase, False
    if sys.stdin.isatty():
        return str(click.prompt("Passphrase", hide_input=True, confirmation_prompt=True)), False
    return passphrases.made_up(), True


def _found(pseudonym: str) -> Account:
    account = service.account_named(pseudonym)
    if account is None:
        raise Refusal(f"There is no {pseudonym} here.")
    return account


def _sentence(error: DomainError) -> str:
    sentences = list(error.fields.values()) if isinstance(error, Invalid) else []
    return " ".join(sentence % error.params for sentence in sentences or [error.message])
