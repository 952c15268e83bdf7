"""What hosts copy from deploy/ fits the program: its commands, its settings, its sockets, its time to leave."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from recovery_net.app import COMMANDS
from recovery_net.serving.leaving import TIME_LIMIT
from recovery_net.serving.starting import read_arguments
from tools.installation import ROOT
from tools.services.places import new_folder
from tools.workers import proxy

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
OFFICIAL = re.compile(r"(python|postgres|nginx|valkey/valkey):\d[\w.-]*")
PLACED_BY_IMAGES = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD", "PYTHONUNBUFFERED"}


def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return content


def settings_in_the_docs() -> set[str]:
    table = (ROOT / "docs" / "operations.md").read_text().split("## Settings")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}


def commands() -> list[list[str]]:
    """Every start of ours that the files name, from the program's name on."""
    of_units = [
        shlex.split(line.partition("=")[2])
        for unit in UNITS
        for line in unit.read_text().splitlines()
        if line.startswith("ExecStart=")
    ]
    of_containers = [
        [*service.get("entrypoint", ["python", "/app/wsgi.py"]), *service["command"]]
        for service in compose()["services"].values()
        if service["image"] == "recovery-net"
    ]
    return [*of_units, *of_containers]


def test_every_start_is_one_that_the_program_knows() -> None:
    known = {(group.name, command) for group in COMMANDS for command in group.commands}

    assert len(commands()) >= 7
    for words in commands():
        if words[0].endswith("recovery-net"):
            assert tuple(words[1:]) in known
        else:
            assert words[1].endswith("/wsgi.py")
            asked = read_arguments([word.replace("%i", "1") for word in words[2:]])
            assert asked.prepare or (asked.worker and asked.socket)


def test_every_setting_is_one_that_the_docs_name() -> None:
    named = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "recovery-net.env").read_text(), re.MULTILINE))
    named |= set(re.findall(r"\b([A-Z_]{4,})=", (DEPLOY / "Dockerfile").read_text()))
    named |= {name for part in compose()["services"].values() for name in part.get("environment", {})}
    named |= set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yaml").read_text()))

    assert named - PLACED_BY_IMAGES <= settings_in_the_docs()
    assert {"DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "RECOVERY_NET_PROXIES"} <= named


def test_nginx_knows_each_worker() -> None:
    known = set(re.findall(r"server unix:(\S+)", (DEPLOY / "nginx.conf").read_text()))
    in_containers = {words[-1] for words in commands() if words[0] == "python" and "--socket" in words}
    target = (DEPLOY / "systemd" / "recovery-net.target").read_text()
    by_systemd = {
        f"/run/recovery-net/{number}.sock" for number in re.findall(r"recovery-net@(\d)\.service", target)
    }

    assert known == in_containers == by_systemd


def test_the_tables_are_brought_up_to_date_whenever_the_whole_is_started() -> None:
    """A unit that remains is begun anew only if stopping the target has stopped it too."""
    for unit in UNITS:
        if unit.suffix == ".service":
            assert "\nPartOf=recovery-net.target\n" in unit.read_text(), unit.name


def test_there_is_time_to_leave() -> None:
    worker = (DEPLOY / "systemd" / "recovery-net@.service").read_text()
    grace = {part.get("stop_grace_period") for part in compose()["services"].values()} - {None}

    assert int(re.findall(r"TimeoutStopSec=(\d+)", worker)[0]) > TIME_LIMIT
    assert grace
    assert all(int(seconds.rstrip("s")) > TIME_LIMIT for seconds in grace)


def test_images_are_official_and_of_a_named_version() -> None:
    named = [part["image"] for part in compose()["services"].values()]
    named += re.findall(r"^FROM (\S+)", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)

    assert [name for name in named if not OFFICIAL.fullmatch(name) and name != "recovery-net"] == []


@pytest.mark.skipif(proxy.program() is None, reason="no nginx here")
@pytest.mark.parametrize("listen", [("127.0.0.1", 5000), ("::1", 5000)])
def test_nginx_takes_its_configuration(listen: tuple[str, int]) -> None:
    folder = new_folder("live", user=proxy.user())
    try:
        service = proxy.nginx(proxy.program() or "", folder, *listen, [folder / "1.sock", folder / "2.sock"])
        written = (folder / "site.conf").read_text()

        assert proxy.refusal(service) is None
        assert written.count("server unix:") == 2
        assert f"server unix:{folder}/1.sock" in written
        (folder / "site.conf").write_text(written.replace("proxy_pass", "proxy_pas"))
        assert "proxy_pas" in str(proxy.refusal(service))
    finally:
        shutil.rmtree(folder)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_takes_its_units(tmp_path: Path) -> None:
    for unit in UNITS:
        text = unit.read_text().replace("/opt/recovery-net", str(ROOT))
        (tmp_path / unit.name).write_text(text)
    names = [str(tmp_path / unit.name.replace("@.", "@1.")) for unit in UNITS]

    verified = subprocess.run(
        ["systemd-analyze", "verify", *names], capture_output=True, text=True, check=False
    )

    ours = [line for line in verified.stderr.splitlines() if "recovery-net" in line]
    assert ours == []
