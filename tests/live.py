"""A real server: `python wsgi.py` in a process of its own, with a data folder of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS, STOP_SECONDS = 60, 30  # what a busy machine may take


class LiveServer:
    """Start, ask, kill, start again."""

    def __init__(self, data: Path, environment: dict[str, str]) -> None:
        self.data = data
        self.port = port_of_our_own()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._tether: socket.socket | None = None  # when it closes, however the tests end, the server leaves
        kept = {
            name: value
            for name, value in os.environ.items()
            if name in {"PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH"}
        }
        self.environment = kept | {
            "RECOVERY_NET_DATA": str(data),
            "PORT": str(self.port),
            "LIMITS": "off",
            **environment,
        }
        self.log = data.with_suffix(".log")

    def start(self) -> None:
        """Start and wait until it serves."""
        self._tether, theirs = socket.socketpair()
        self._tether.settimeout(START_SECONDS)
        tether = {"RECOVERY_NET_TETHER": str(theirs.fileno())}
        with self.log.open("ab") as log, theirs:
            self._process = subprocess.Popen(
                [sys.executable, "wsgi.py"],
                cwd=ROOT,
                env=self.environment | tether,
                stdout=log,
                stderr=log,
                pass_fds=[theirs.fileno()],
            )
        if not self._is_ready():
            self.kill()
            raise RuntimeError("the server did not start:\n" + self.log.read_text()[-3000:])

    def _is_ready(self) -> bool:
        assert self._tether is not None
        try:
            return bool(self._tether.recv(16))  # nothing when the process has ended
        except TimeoutError:
            return False

    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """kill -9, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._let_go()

    def stop(self) -> int:
        """SIGTERM; gives the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def signal(self, number: int) -> None:
        """Send a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self) -> int:
        """Until it has ended; gives the exit code."""
        assert self._process is not None
        code = self._process.wait(STOP_SECONDS)
        self._let_go()
        return code

    def command(self, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command of the program beside the server."""
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
            cwd=ROOT,
            env=self.environment,
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def set_up_link(self) -> str:
        """The path of the link that the last start printed."""
        return re.findall(r"(/set-up/[\w-]+)", self.log.read_text())[-1]

    def _let_go(self) -> None:
        if self._tether is not None:
            self._tether.close()


def port_of_our_own() -> int:
    """A port that nobody else is given for as long as this process lives: not while the server is down either.

    The socket is bound and never listens, so that the server, which says SO_REUSEADDR as well, can.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    port = int(holder.getsockname()[1])
    holder.detach()  # stays open
    return port
