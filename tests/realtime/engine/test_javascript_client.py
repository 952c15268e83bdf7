"""The official JavaScript client against both engines."""

import json
import subprocess

from tests.live import ROOT
from tests.realtime.engine.conftest import Chat
from tools.installation import Installation


def test_the_javascript_client_finds_what_it_is_promised(chat: Chat) -> None:
    ran = subprocess.run(
        [Installation(ROOT).node(), "tests/realtime/engine/visitor.mjs", chat.url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {
        "echo": {"a": [1, None, "ü😀"]},
        "binary": [0, 255, 7],
        "mixed": ["one", "two"],
        "large": True,
        "inOrder": True,
        "asked": {"you said": ["yes", "sure?"]},
        "side": "there",
        "heard": "hush",
        "refused": ["not today", {"why": "full"}],
        "broken": "transport close",
        "again": "again",
        "shownOut": "io server disconnect",
        "staysOut": True,
        "left": "io client disconnect",
    }
