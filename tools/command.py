"""How the commands read their arguments and how they end."""

import argparse
import contextlib
import signal
import sys
from collections.abc import Iterator
from typing import NoReturn

from tools.progress import SetupError

STOPPED = 128


class SentenceParser(argparse.ArgumentParser):
    """Refuses in one sentence, without the usage lines."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message[:1].upper()}{message[1:]}: ./{self.prog} --help tells what there is.\n")


@contextlib.contextmanager
def ending_well(command: str) -> Iterator[None]:
    """A failure is one sentence; a stop by a signal ends what we started, and the next start takes it up."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    except SetupError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(f"\nStopped. ./{command} takes it up from here.")
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _stop(number: int, _frame: object) -> NoReturn:
    sys.exit(STOPPED + number)
