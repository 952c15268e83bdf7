"""`flask members …`"""

import pytest
from click.testing import Result
from flask import Flask

from recovery_net.accounts import guidelines, passphrases
from recovery_net.accounts.models import Account, Role
from tests.accounts.conftest import account, is_there


def run(app: Flask, *arguments: str, text: str | None = None) -> Result:
    return app.test_cli_runner().invoke(args=["members", *arguments], input=text)


def test_create_makes_a_settled_member_with_the_passphrase_from_the_pipe(app: Flask) -> None:
    result = run(app, "create", "quiet-river-27", "--passphrase-stdin", text="correct horse battery staple\n")
    assert result.exit_code == 0, result.output
    made = account("quiet-river-27")
    assert (made.role, made.is_settled, made.guidelines_version) == (Role.MEMBER, True, guidelines.VERSION)
    assert passphrases.is_right(made.passphrase_hash, "correct horse battery staple")
    assert "correct horse" not in result.output


@pytest.mark.parametrize("role", list(Role))
def test_create_gives_any_role(app: Flask, role: Role) -> None:
    assert (
        run(app, "create", "the-moderator", "--role", role.value, "--passphrase-stdin", text="pw\n").exit_code
        == 0
    )
    made = account("the-moderator")
    assert made.role == role


def test_without_a_pipe_or_a_person_the_passphrase_is_made_up_and_printed(app: Flask) -> None:
    result = run(app, "create", "quiet-river-27")
    passphrase = result.output.rpartition(": ")[2].strip()
    made = account("quiet-river-27")
    assert passphrases.is_right(made.passphrase_hash, passphrase)
    assert passphrases.objection(passphrase, "quiet-river-27") is None


@pytest.mark.parametrize("name", ["Quiet River 27", "quiet.river.27", "ab", "✓river"])
def test_a_name_that_cannot_be_ends_with_one_sentence_and_2(app: Flask, member: Account, name: str) -> None:
    result = run(app, "create", name, "--passphrase-stdin", text="pw\n")
    assert result.exit_code == 2
    assert len(result.output.strip().splitlines()) == 1
    assert "%(" not in result.output


@pytest.mark.parametrize("text", ["", "\n", "x" * 300 + "\n"])
def test_a_passphrase_that_cannot_be_ends_with_2(app: Flask, text: str) -> None:
    assert run(app, "create", "quiet-river-27", "--passphrase-stdin", text=text).exit_code == 2
    assert not is_there("quiet-river-27")


def test_erase_removes_the_account(app: Flask, member: Account) -> None:
    assert run(app, "erase", "quiet-river-27").exit_code == 0
    assert not is_there("quiet-river-27")


def test_role_changes_the_role(app: Flask, member: Account) -> None:
    assert run(app, "role", "quiet-river-27", "counselor").exit_code == 0
    assert account("quiet-river-27").role == Role.COUNSELOR


@pytest.mark.parametrize(
    "arguments", [("erase", "nobody"), ("role", "nobody", "member"), ("role", "quiet-river-27", "king")]
)
def test_what_is_not_there_ends_with_2(app: Flask, member: Account, arguments: tuple[str, ...]) -> None:
    assert run(app, *arguments).exit_code == 2
