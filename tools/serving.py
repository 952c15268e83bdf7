"""./run: set up, then become the server, or whoever looks after several."""

import argparse
import os

from tools.command import SentenceParser, ending_well
from tools.installation import Installation

MOST_WORKERS = 64


def main() -> None:
    parser = SentenceParser(
        prog="run", description="Set Recovery Net up, once, and serve it on http://127.0.0.1:5000."
    )
    parser.add_argument(
        "--demo", action="store_true", help="an instance full of made-up rooms, meetings and members"
    )
    parser.add_argument(
        "--workers",
        metavar="N",
        type=_workers,
        help="so many processes, on PostgreSQL and Redis: those of DATABASE_URL and REDIS_URL, or brought ones",
    )
    parser.add_argument(
        "--straight", action="store_true", help="with --workers: without nginx also where it is installed"
    )
    options = parser.parse_args()
    if options.straight and not options.workers:
        parser.error("--straight goes with --workers")
    installation = Installation()
    with ending_well("run"):
        installation.prepare(services=bool(options.workers) and not _has_services())
    serve(installation, options)


def serve(installation: Installation, options: argparse.Namespace) -> None:
    """Replace this process, so that signals and the exit code are the server's own."""
    python, root = str(installation.python), str(installation.root)
    flags = [f"--{name}" for name in ("demo", "straight") if getattr(options, name)]
    if not options.workers:
        os.execv(python, [python, f"{root}/wsgi.py", *flags])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (root, os.getenv("PYTHONPATH"))))}
    os.execve(python, [python, "-P", "-m", "tools.workers", str(options.workers), *flags], environment)


def _workers(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"give a number from 1 to {MOST_WORKERS}")
    return int(text)


def _has_services() -> bool:
    return all(map(os.environ.get, ("DATABASE_URL", "REDIS_URL")))
