"""The set-up of a small checkout: a real environment and a real pip, without network."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.setup.checkout import Checkout, make_wheel
from tools.installation import ROOT
from tools.progress import SetupError

SET_UP = """
import pathlib, sys
from tools.installation import Installation
Installation(pathlib.Path(sys.argv[1])).prepare()
"""
WITHOUT_VENV = """
import pathlib, sys
from tools.command import ending_well
from tools.installation import Installation
sys.modules["ensurepip"] = None
with ending_well("run"):
    Installation(pathlib.Path(sys.argv[1])).prepare()
"""


@pytest.fixture(scope="module", autouse=True)
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The only place where pip looks."""
    folder = tmp_path_factory.mktemp("wheels")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_CONFIG_FILE", os.devnull)
        patch.setenv("PIP_FIND_LINKS", str(folder))
        yield folder


@pytest.fixture(scope="module")
def first_start(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    checkout = Checkout.new(tmp_path_factory.mktemp("first") / "checkout")
    checkout.require(make_wheel(wheels, "1.0"))
    checkout.installation.prepare()
    return checkout


@pytest.fixture
def checkout(first_start: Checkout, tmp_path: Path) -> Checkout:
    """A checkout that was set up, with a folder of its own."""
    shutil.copytree(first_start.root, tmp_path / "checkout", symlinks=True)
    return Checkout(tmp_path / "checkout")


def test_the_first_start_installs_what_is_pinned(first_start: Checkout) -> None:
    assert first_start.greet() == "hello 1.0"
    assert os.access(first_start.installation.venv / "bin" / "recovery-net", os.X_OK)


def test_the_second_start_does_nothing_and_at_once(
    first_start: Checkout, capfd: pytest.CaptureFixture[str]
) -> None:
    before, started = first_start.times(), time.monotonic()

    first_start.installation.prepare()

    assert time.monotonic() - started < 1
    assert first_start.times() == before
    assert capfd.readouterr().out == ""


def test_a_new_lock_is_installed(checkout: Checkout, wheels: Path) -> None:
    checkout.require(make_wheel(wheels, "2.0"))

    checkout.installation.prepare()

    assert checkout.greet() == "hello 2.0"


def test_services_are_installed_when_they_are_asked_for(checkout: Checkout, wheels: Path) -> None:
    brought = make_wheel(wheels, "2.5")
    lock = (checkout.root / "requirements.txt").read_text()
    checkout.require(brought)
    (checkout.root / "requirements.txt").rename(checkout.root / "requirements-services.txt")
    (checkout.root / "requirements.txt").write_text(lock)

    checkout.installation.prepare()
    assert checkout.greet() == "hello 1.0"
    checkout.installation.prepare(services=True)
    assert checkout.greet() == "hello 2.5"


def test_a_set_up_that_was_killed_is_made_whole_by_the_next(checkout: Checkout, wheels: Path) -> None:
    checkout.require(make_wheel(wheels, "3.0"))
    checkout.installation.log.unlink()
    child = subprocess.Popen([sys.executable, "-c", SET_UP, checkout.root], cwd=ROOT, start_new_session=True)
    while not checkout.installation.log.exists():  # until pip is at work
        time.sleep(0.005)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()

    checkout.installation.prepare()

    assert checkout.greet() == "hello 3.0"


def test_a_package_that_pip_was_killed_over_is_installed_again(checkout: Checkout) -> None:
    packages = next(checkout.installation.venv.glob("lib/python*/site-packages"))
    (packages / "greeting.py").unlink()
    (packages / "greeting-1.0.dist-info" / "RECORD").unlink()  # pip writes it last
    (checkout.installation.stamps / "requirements.txt").unlink()

    checkout.installation.prepare()

    assert checkout.greet() == "hello 1.0"


def test_an_environment_that_was_never_finished_is_made_again(checkout: Checkout) -> None:
    shutil.rmtree(checkout.installation.stamps)
    for package in checkout.installation.venv.glob("lib/python*/site-packages/*"):
        shutil.rmtree(package) if package.is_dir() else package.unlink()

    checkout.installation.prepare()

    assert checkout.greet() == "hello 1.0"


def test_an_environment_made_by_hand_is_kept(checkout: Checkout) -> None:
    shutil.rmtree(checkout.installation.stamps)
    (checkout.installation.venv / "mine").touch()

    checkout.installation.prepare()

    assert (checkout.installation.venv / "mine").exists()
    assert checkout.greet() == "hello 1.0"


def test_an_environment_whose_python_is_gone_is_made_again(checkout: Checkout) -> None:
    checkout.installation.python.unlink()
    checkout.installation.python.symlink_to("/nowhere/python3")

    checkout.installation.prepare()

    assert checkout.greet() == "hello 1.0"


def test_a_package_that_is_not_the_pinned_one_is_refused(checkout: Checkout, wheels: Path) -> None:
    make_wheel(wheels, "4.0")
    (checkout.root / "requirements.txt").write_text(f"greeting==4.0 --hash=sha256:{'0' * 64}\n")

    with pytest.raises(
        SetupError, match="failed because a package is not the one we pinned and was refused: "
    ):
        checkout.installation.prepare()


def test_a_package_that_does_not_exist_is_named(checkout: Checkout) -> None:
    (checkout.root / "requirements.txt").write_text(f"farewell==1.0 --hash=sha256:{'0' * 64}\n")

    with pytest.raises(SetupError, match=r"there is no package farewell==1\.0 for this machine"):
        checkout.installation.prepare()


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    checkout = Checkout.new(tmp_path / "checkout")
    checkout.installation.cache.touch()  # a file where a folder should be

    with pytest.raises(
        SetupError, match=r"\.cache cannot be used \(File exists\): mend that and start again\."
    ):
        checkout.installation.prepare()


def test_a_python_without_its_venv_module_is_told_what_to_install(tmp_path: Path) -> None:
    checkout = Checkout.new(tmp_path / "checkout")

    child = [sys.executable, "-c", WITHOUT_VENV, checkout.root]
    answer = subprocess.run(child, cwd=ROOT, capture_output=True, text=True, check=False)

    assert answer.returncode == 1
    assert answer.stderr.startswith(
        "Python's venv module is missing: install it (Debian: apt install python3."
    )
    assert answer.stderr.count("\n") == 1
