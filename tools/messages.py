"""Texts for translators.

.venv/bin/python -m tools.messages                collect every text into recovery_net/translations/messages.pot
.venv/bin/python -m tools.messages add de         begin German, or bring it up to date with the texts
.venv/bin/python -m tools.messages compile        make what the program reads out of every language's file
"""

import argparse
import csv
import io
import os
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from babel.messages.frontend import CommandLineInterface

from tools.installation import ROOT

FOLDER = ROOT / "recovery_net" / "translations"
TEXTS = FOLDER / "messages.pot"
# N_ marks where nothing may be known of the web; _l is looked up when it is shown.
KEYWORDS = ("N_", "_l", "lazy_gettext")

Message = tuple[int, str, str, list[str]]  # line, function, text, comments


def main() -> None:
    parser = argparse.ArgumentParser(prog="tools.messages", description="Texts for translators.")
    actions = parser.add_subparsers(dest="action")
    actions.add_parser("add", help="begin a language or bring it up to date").add_argument("language")
    actions.add_parser("compile", help="make what the program reads")
    options = parser.parse_args()
    if options.action == "compile":
        run("compile", "-d", str(FOLDER))
        return
    collect(TEXTS)
    if options.action == "add":
        is_there = (FOLDER / options.language).exists()
        run("update" if is_there else "init", "-i", str(TEXTS), "-d", str(FOLDER), "-l", options.language)


def collect(into: Path) -> None:
    """Write every text of the program into one file."""
    os.chdir(ROOT)  # so that the file names places as the project does
    keywords = [part for keyword in KEYWORDS for part in ("-k", keyword)]
    run("extract", "-F", "babel.cfg", "-o", str(into), "--sort-by-file", "--no-wrap", *keywords, ".")


def run(*arguments: str) -> None:
    """pybabel, in this process."""
    pybabel: Any = CommandLineInterface()  # it ships no types
    if pybabel.run(["pybabel", "--quiet", *arguments]):
        sys.exit(1)


def extract_facts(
    file: IO[bytes], _keywords: Mapping[str, object], _tags: Collection[str], options: Mapping[str, str]
) -> Iterator[Message]:
    """Columns of a data file that people read."""
    rows = csv.DictReader(io.StringIO(file.read().decode()))
    for row in rows:
        for column in options["columns"].split():
            if row[column] and row[column] != "24/7":
                yield rows.line_num, "gettext", row[column], [f"{row['country']}: {row['name']}"]


if __name__ == "__main__":
    main()
