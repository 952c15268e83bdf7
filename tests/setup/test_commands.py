"""The three commands start from anywhere and refuse in one sentence."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.installation import ROOT

COMMANDS = ["run", "test", "bench"]


def call(*command: str | Path, cwd: Path = ROOT, path: str | None = None) -> subprocess.CompletedProcess[str]:
    env = None if path is None else {"PATH": path}
    return subprocess.run(
        [*command], cwd=cwd, env=env, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("command", ["run", "bench"])
def test_help_comes_from_another_folder_and_through_a_link(command: str, tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to(ROOT / command)

    answer = call(sys.executable, tmp_path / "linked", "--help", cwd=tmp_path)

    assert answer.returncode == 0
    assert answer.stdout.startswith(f"usage: {command}")


@pytest.mark.parametrize("arguments", [["--wokers", "3"], ["demo"]])
def test_an_unknown_argument_is_refused_in_one_sentence(arguments: list[str]) -> None:
    answer = call(sys.executable, ROOT / "run", *arguments)

    assert answer.returncode == 2
    assert (
        answer.stderr == f"Unrecognized arguments: {' '.join(arguments)}: ./run --help tells what there is.\n"
    )


def test_an_unknown_benchmark_is_refused_in_one_sentence() -> None:
    answer = call(sys.executable, ROOT / "bench", "everything")

    assert answer.returncode == 2
    assert answer.stderr == "There is no benchmark everything: ./bench --help tells what there is.\n"


OLD_PYTHON = """
import runpy, sys
sys.version_info = (3, 8, 0)
sys.argv = [{command!r}, "--help"]
runpy.run_path({command!r}, run_name="__main__")
"""


@pytest.mark.parametrize("command", COMMANDS)
def test_an_old_python_is_told_what_is_needed(command: str, tmp_path: Path) -> None:
    answer = call(sys.executable, "-c", OLD_PYTHON.format(command=str(ROOT / command)), path=str(tmp_path))

    assert answer.returncode == 1
    assert (
        answer.stderr
        == "Recovery Net needs Python 3.11 or newer and this is 3.8: install one, then start again.\n"
    )


def test_an_old_python_hands_over_to_a_newer_one(tmp_path: Path) -> None:
    (tmp_path / "python3.14").write_text(
        "#!/bin/sh\nexit 1\n"
    )  # a shim of a version manager, with nothing behind
    (tmp_path / "python3.14").chmod(0o755)
    (tmp_path / "python3.12").symlink_to(sys.executable)
    shell = str(Path(shutil.which("sh") or "/bin/sh").parent)

    answer = call(
        sys.executable, "-c", OLD_PYTHON.format(command=str(ROOT / "run")), path=f"{tmp_path}:{shell}"
    )

    assert answer.stdout.startswith("usage: run")


def test_the_launcher_is_the_flask_command_from_any_folder(tmp_path: Path) -> None:
    answer = call(ROOT / ".venv" / "bin" / "recovery-net", "--version", cwd=tmp_path)

    assert answer.returncode == 0, answer.stderr
    assert "Flask" in answer.stdout
