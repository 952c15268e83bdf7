"""The program from its environment: `flask --app wsgi …` for commands, `python wsgi.py [--demo]` to serve."""

import sys

if __name__ == "__main__":
    # Before anything else is imported: what was imported unpatched would block the loop.
    from gevent import monkey

    monkey.patch_all()

import click
from flask import Flask

from recovery_net import app as assembly
from recovery_net.config import Settings, SettingsError
from recovery_net.serving import starting


def create_app() -> Flask:
    """For the `flask` command: the program with the settings of the environment, tables brought up to date."""
    try:
        settings = Settings.from_environment()
        app = assembly.create_app(settings)
        starting.prepare_database()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    return app


if __name__ == "__main__":
    sys.exit(starting.main(sys.argv[1:]))
