"""Fixtures: the real program on a real SQLite file and a real PostgreSQL; no network, one clock, no mocks."""

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from recovery_net import migrating
from recovery_net.accounts.models import Account
from recovery_net.app import create_app
from recovery_net.config import Settings
from recovery_net.core import clock, db
from recovery_net.core.db import Base
from recovery_net.realtime.server import Sockets
from tests.factories import sign_in_device
from tests.live import LiveServer
from tests.person import Town
from tools.services.postgres import new_database

pytest_plugins = ["tests.services.fixtures"]

MORNING = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Only this machine is there."""
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise OSError(f"tests do not reach {address[0]}")
        connect(self, address)  # type: ignore[arg-type]

    socket.socket.connect = only_here  # type: ignore[method-assign, assignment]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Every test that asks for it, however far down, runs on both engines."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('database') / 'test.sqlite3'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def session_app(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The program, once per engine; use `app`, which leaves nothing behind."""
    data = tmp_path_factory.mktemp("data")
    environment = {"RECOVERY_NET_DATA": str(data), "DATABASE_URL": database_url, "LIMITS": "off"}
    app = create_app(Settings.from_environment(environment))
    app.config["TESTING"] = True
    app.config["WTF_CSRF_ENABLED"] = False  # test_doors.py turns it on again
    migrating.upgrade(db.engine())
    return app


@pytest.fixture
def app(session_app: Flask, database_url: str) -> Iterator[Flask]:
    """The program with an empty database."""
    if db.engine().url.render_as_string(hide_password=False) != database_url:
        db.connect(database_url)  # another engine's test came between
    with session_app.test_request_context():
        pass
    yield session_app
    clock.thaw()
    hang_up(session_app)
    empty_tables()


def hang_up(app: Flask) -> None:
    """Leave no socket open."""
    sockets: Sockets = app.extensions["sockets"]
    sockets.drop({connection.device_id for connection in list(sockets.connections.values())})


def empty_tables() -> None:
    """Leave no row behind."""
    names = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    with db.engine().begin() as connection:
        if db.is_postgresql():
            connection.execute(text(f"TRUNCATE {names} CASCADE"))
            return
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser of somebody who is not signed in."""
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask) -> Callable[[Account], FlaskClient]:
    """A browser that is signed in: `sign_in(account)`."""

    def browser_of(account: Account) -> FlaskClient:
        client = app.test_client()
        sign_in_device(client, account)
        return client

    return browser_of


@pytest.fixture
def frozen(app: Flask) -> object:
    """The clock, held still on a Monday morning; `frozen.shift(minutes=2)` moves it."""
    clock.freeze(MORNING)
    return clock


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Callable[..., LiveServer]]:
    """Start servers of one's own, to be killed: each is a process with a data folder."""
    started: list[LiveServer] = []

    def start(**environment: str) -> LiveServer:
        started.append(LiveServer(tmp_path / f"data-{len(started)}", environment))
        started[-1].start()
        return started[-1]

    yield start
    for server in started:
        server.kill()


@pytest.fixture(scope="session")
def town(
    database_url: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """A server that tests share, once per engine: each makes its own people and rooms."""
    server = LiveServer(tmp_path_factory.mktemp("town") / "data", environment_for(database_url, request))
    server.start()
    yield Town(server)
    server.kill()


@pytest.fixture
def own_database(database_url: str, request: pytest.FixtureRequest) -> dict[str, str]:
    """The environment of a server on each engine, with a database that nobody else uses."""
    return environment_for(database_url, request)


def environment_for(database_url: str, request: pytest.FixtureRequest) -> dict[str, str]:
    """No name for SQLite: the server makes its own file."""
    if database_url.startswith("sqlite"):
        return {}
    return {"DATABASE_URL": new_database(str(request.getfixturevalue("postgres_server_url")))}
