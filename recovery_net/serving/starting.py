"""From the command line to a server that answers."""

import argparse
import os
import socket
import sys

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from recovery_net import migrating
from recovery_net.accounts import setup
from recovery_net.app import create_app
from recovery_net.config import Settings, SettingsError
from recovery_net.core import db
from recovery_net.core.tether import Tether
from recovery_net.realtime.engine import settle_memory
from recovery_net.serving import background, listening
from recovery_net.serving.http import HttpServer
from recovery_net.serving.leaving import Leaving


def main(arguments: list[str]) -> int:
    """Serve until told to stop. Gives the exit code."""
    options = read_arguments(arguments)
    os.umask(0o077)  # whatever is made in the data folder is ours alone
    try:
        settings = Settings.from_environment(demo=options.demo)
        listener = None if options.prepare else _listen(options, settings)
        app = create_app(settings)
        if not options.worker:
            _prepare(app)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    listening.allow_many_files(says=not options.worker)
    if listener is None:
        _tell_set_up_link(app)
    else:
        is_shared = options.listener is not None
        _serve(app, HttpServer(listener, app, is_shared=is_shared), is_alone=not options.worker)
    return 0


def prepare_database() -> None:
    """Bring the tables of this process's database up to date; `SettingsError` when there is no database."""
    try:
        migrating.upgrade(db.engine())
    except SQLAlchemyError as error:
        if not db.is_outage(error):
            raise
        where = db.engine().url.render_as_string(hide_password=True)
        raise SettingsError(
            f"The database {where} cannot be used; is it running, and is DATABASE_URL right?"
        ) from error


def read_arguments(arguments: list[str]) -> argparse.Namespace:
    """What `wsgi.py` can be asked to do; deploy/ and ./run --workers ask for parts of it."""
    parser = argparse.ArgumentParser(prog="run", description="Serve Recovery Net.")
    parser.add_argument(
        "--demo", action="store_true", help="an instance full of made-up rooms, meetings and members"
    )
    part = parser.add_mutually_exclusive_group()
    part.add_argument(
        "--prepare", action="store_true", help="bring the tables up to date, print the set-up link, and end"
    )
    part.add_argument(
        "--worker", action="store_true", help="serve only: one of several, on a database that is prepared"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--socket", metavar="PATH", help="listen on this Unix socket, behind a proxy")
    where.add_argument(
        "--listener", metavar="NUMBER", type=int, help="listen on this open socket, which others may share"
    )
    return parser.parse_args(arguments)


def _listen(options: argparse.Namespace, settings: Settings) -> socket.socket:
    if options.listener is not None:
        return listening.inherited(options.listener)
    return listening.on_path(options.socket) if options.socket else listening.on_port(settings)


def _prepare(app: Flask) -> None:
    prepare_database()
    if app.config["SETTINGS"].demo:
        from recovery_net import demo

        demo.fill(app)


def _serve(app: Flask, server: HttpServer, *, is_alone: bool) -> None:
    tether = Tether()
    background.quiet_hub()
    leaving = Leaving(app.extensions["sockets"], server)
    leaving.on_signals()
    tether.hold()
    leaving.last += [app.extensions["live_rooms"].marks.write_all, app.extensions["relay"].stop]
    background.start(app, leaving.stop, with_jobs=is_alone)
    if is_alone:
        settings: Settings = app.config["SETTINGS"]
        print(f"Recovery Net is at {settings.public_url}", flush=True)
        _tell_set_up_link(app)
    settle_memory()
    server.start()
    tether.ready()
    leaving.wait()


def _tell_set_up_link(app: Flask) -> None:
    settings: Settings = app.config["SETTINGS"]
    with app.app_context():
        link = setup.setup_link()
    if link is not None:
        print(f"No operator yet. Make one, once: {settings.public_url}{link}", flush=True)
