"""./run: set up, then become the server."""

import argparse
import os

from tools.command import SentenceParser, ending_well
from tools.installation import Installation


def main() -> None:
    parser = SentenceParser(
        prog="run", description="Set Recovery Net up, once, and serve it on http://127.0.0.1:5000."
    )
    parser.add_argument(
        "--demo", action="store_true", help="an instance full of made-up rooms, meetings and members"
    )
    options = parser.parse_args()
    installation = Installation()
    with ending_well("run"):
        installation.prepare()
    serve(installation, options)


def serve(installation: Installation, options: argparse.Namespace) -> None:
    """Replace this process, so that signals and the exit code are the server's own."""
    command = [str(installation.python), str(installation.root / "wsgi.py")]
    os.execv(command[0], [*command, "--demo"] if options.demo else command)
