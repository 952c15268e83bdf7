"""`python -m tools.workers N`: what ./run --workers becomes once everything is installed."""

import argparse
import os
import sys

from recovery_net.config import Settings, SettingsError
from tools.progress import SetupError
from tools.workers.scaled import Scaled


def main() -> None:
    parser = argparse.ArgumentParser(prog="run --workers")
    parser.add_argument("workers", type=int)
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--straight", action="store_true")
    options = parser.parse_args()
    os.umask(0o077)
    try:
        settings = Settings.from_environment(demo=options.demo)
        _refuse_sqlite()
        Scaled(settings, options.workers, is_straight=options.straight).run()
    except SettingsError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except SetupError as error:
        sys.exit(str(error))


def _refuse_sqlite() -> None:
    if os.environ.get("DATABASE_URL", "").startswith("sqlite"):
        raise SettingsError(
            "DATABASE_URL names SQLite, which has one writer: leave it out and a PostgreSQL is brought."
        )


if __name__ == "__main__":
    main()
