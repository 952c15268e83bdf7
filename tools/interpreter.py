"""Leave an old Python for a newer one. Any Python, down to 2.7, must be able to read this file."""

import os
import subprocess
import sys

OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")
PROBE = "import sys; sys.exit(sys.version_info < (3, 11))"


def ensure():  # type: () -> None
    """Return on a Python that is new enough; otherwise start again on one that is, or say so and end."""
    if sys.version_info >= OLDEST:
        return
    for name in NEWER:
        if _works(name):
            os.execvp(name, [name] + sys.argv)  # noqa: RUF005 - old Pythons read this
    wanted = "Recovery Net needs Python 3.11 or newer and this is {0}.{1}: install one, then start again.\n"
    sys.stderr.write(wanted.format(*sys.version_info))
    sys.exit(1)


def _works(name):  # type: (str) -> bool
    try:
        with open(os.devnull, "w") as nowhere:
            return subprocess.call([name, "-c", PROBE], stdout=nowhere, stderr=nowhere) == 0
    except OSError:
        return False
