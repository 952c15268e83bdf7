"""nginx in front, from the configuration that hosts use too."""

import grp
import os
import pwd
import re
import resource
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from signal import SIGTERM

from tools.installation import ROOT
from tools.services.places import Unavailable, is_root
from tools.services.service import Service

SITE = ROOT / "deploy" / "nginx.conf"
STRANGERS = (
    "www-data",
    "nginx",
    "http",
    "daemon",
)  # whoever of them is here; never `nobody`, who has the database
PLACES = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"))
MOST_CONNECTIONS = 32_768
MAIN = """
daemon off;
pid {folder}/pid;
error_log /dev/null crit;
worker_processes {processes};
{user}
events {{ worker_connections {connections}; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


def program() -> str | None:
    """Where nginx is, None when there is none."""
    return shutil.which("nginx", path=PLACES)


def user() -> str:
    """As root: who answers strangers, another than who keeps the database (it trusts its own user). Else ourselves."""
    if not is_root():
        return ""
    known = {entry.pw_name for entry in pwd.getpwall()}
    name = next((each for each in STRANGERS if each in known), None)
    if name is None:
        raise Unavailable(f"none of the users {', '.join(STRANGERS)} is here")
    return name


def nginx(found: str, folder: Path, host: str, port: int, sockets: Sequence[Path]) -> Service:
    """The service; `folder` is its own, with the sockets in it."""
    listen = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    (folder / "site.conf").write_text(site(SITE.read_text(), listen, sockets))
    (folder / "nginx.conf").write_text(_main(folder, len(sockets)))
    command = (found, "-e", "/dev/null", "-p", str(folder), "-c", str(folder / "nginx.conf"))
    return Service("nginx", folder, command, listen, lambda: _answers(host, port), leave=SIGTERM)


def refusal(service: Service) -> str | None:
    """What this nginx has against the configuration; None when it takes it."""
    tried = subprocess.run([*service.command, "-t"], capture_output=True, text=True, check=False)
    return None if tried.returncode == 0 else tried.stderr.strip().split("\n")[0]


def site(text: str, listen: str, sockets: Sequence[Path]) -> str:
    """The hosts' configuration, for another port and other workers."""
    servers = "".join(f"    server unix:{path} fail_timeout=1s;\n" for path in sockets)
    text = re.sub(r"(^ *server unix:.*\n)+", lambda _: servers, text, flags=re.MULTILINE)
    return re.sub(r"^ *listen .*", f"    listen {listen} backlog=4096;", text, flags=re.MULTILINE)


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError:
        return False
    return True


def _main(folder: Path, workers: int) -> str:
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    connections = min(MOST_CONNECTIONS, files - 100) if files > 0 else MOST_CONNECTIONS
    line = ""
    if name := user():
        line = f"user {name} {grp.getgrgid(pwd.getpwnam(name).pw_gid).gr_name};"
    processes = max(1, workers // 2)
    return MAIN.format(folder=folder, processes=processes, connections=connections, user=line)
