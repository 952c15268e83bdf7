"""Leave an old Python for a newer one. Any Python, down to 2.7, must be able to read this file."""

import os
import sys

OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")


def ensure():  # type: () -> None
    """Return on a Python that is new enough; otherwise start again on one that is, or say so and end."""
    if sys.version_info >= OLDEST:
        return
    if not os.environ.get("RECOVERY_NET_TRIED_NEWER"):
        os.environ["RECOVERY_NET_TRIED_NEWER"] = "1"
        for name in NEWER:
            try:
                os.execvp(name, [name] + sys.argv)  # noqa: RUF005 - old Pythons read this
            except OSError:
                continue
    have = "{0}.{1}".format(*sys.version_info)  # noqa: UP030 - old Pythons read this
    wanted = "Recovery Net needs Python 3.11 or newer and this is {0}: install one, then start again.\n"
    sys.stderr.write(wanted.format(have))
    sys.exit(1)
