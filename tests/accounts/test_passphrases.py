"""Passphrases: advice without asking anybody, and work that holds nobody up."""

import ast
import inspect
import subprocess
import sys

import pytest
from zxcvbn import feedback

from recovery_net.accounts import passphrases
from recovery_net.accounts.passphrases import objection


@pytest.mark.parametrize(
    "passphrase",
    [
        "correct horse battery staple",
        "lantern gravel otter",
        "wir essen gern birnen",
        "x7#kQ!92mzR",
        "  three little words  ",
    ],
)
def test_words_in_a_row_will_do(passphrase: str) -> None:
    assert objection(passphrase, "quiet-river-27") is None


@pytest.mark.parametrize(
    ("passphrase", "word"),
    [
        ("", "10 characters"),
        ("nine char", "10 characters"),
        ("y" * 257, "256"),
        ("password123", "people try first"),
        ("qwertyuiop", "people try first"),
        ("abcdefghijklm", "run like abc"),
        ("aaaaaaaaaaaaaaa", "Repeating"),
        ("1984-11-29", "dates"),
        ("quiet-river-27", "pseudonym"),
        ("QUIET-RIVER-27", "pseudonym"),
        ("recoverynet", "guessed"),
    ],
)
def test_what_is_guessed_soon_is_refused_with_advice(passphrase: str, word: str) -> None:
    sentence = objection(passphrase, "quiet-river-27")
    assert sentence is not None
    assert word in sentence


def test_every_warning_of_the_rating_has_words_of_ours() -> None:
    tree = ast.parse(inspect.getsource(feedback))
    warnings = {
        ast.literal_eval(node.value.args[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and any(isinstance(target, ast.Name) and target.id == "warning" for target in node.targets)
    }
    assert len(warnings) > 8
    assert warnings <= set(passphrases._ADVICE)


def test_the_hash_is_argon2id_at_19_mebibytes() -> None:
    kept = passphrases.hashed("lantern gravel otter")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passphrases.is_right(kept, "lantern gravel otter")
    assert not passphrases.is_right(kept, "lantern gravel otteR")


@pytest.mark.parametrize("kept", [None, "", "!", "$argon2id$nonsense"])
def test_nothing_opens_what_has_no_passphrase(kept: str | None) -> None:
    assert not passphrases.is_right(kept, "")
    assert not passphrases.is_right(kept, "lantern gravel otter")


OFF_THE_LOOP = """
from gevent import monkey; monkey.patch_all()
import gevent, sys, time
from recovery_net.accounts import passphrases
from recovery_net.core.offload import in_thread
beats = []
def beat():
    while True:
        beats.append(time.perf_counter())
        gevent.sleep(0.002)
gevent.spawn(beat)
kept = passphrases.hashed("lantern gravel otter")
for _ in range(5):
    assert not passphrases.is_right(kept, "canary-passphrase")
assert passphrases.is_right(kept, "lantern gravel otter")
assert len(beats) > 15, len(beats)
def fail(secret):
    raise ValueError("as told")
try:
    in_thread(fail, "canary-argument")
except ValueError as error:
    assert str(error) == "as told"
else:
    sys.exit("the exception was lost")
"""


def test_under_the_event_loop_hashing_holds_nobody_up_and_prints_no_passphrase() -> None:
    run = subprocess.run([sys.executable, "-c", OFF_THE_LOOP], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "canary" not in run.stdout + run.stderr
