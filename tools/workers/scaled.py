"""All the processes of the scaled shape: started in order, watched, ended in order."""

import os
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from types import FrameType

from recovery_net.config import Settings
from recovery_net.serving import listening
from tools.installation import ROOT
from tools.progress import SetupError, say
from tools.services.places import Unavailable, new_folder
from tools.workers import brought, proxy
from tools.workers.watching import Held, Process, Watched

STARTING = 60.0  # seconds until everything must be up
LEAVING = 15.0  # seconds for workers; each limits itself to less


class Stopped(BaseException):
    """A signal came while things were being started."""


class Scaled:
    """One machine, several workers."""

    def __init__(self, settings: Settings, workers: int, *, is_straight: bool) -> None:
        self._settings = settings
        self._count = workers
        self._nginx = None if is_straight else proxy.program()
        self._services: list[Watched] = []
        self._ours: list[Watched] = []
        self._front: list[Watched] = []
        self._signals = 0
        self._is_up = False
        self._environment = {**os.environ, "RECOVERY_NET_DATA": str(settings.data)}
        self._listener: socket.socket | None = None

    def run(self) -> None:
        """Until told to stop."""
        with ExitStack() as stack:
            self._hear_signals()
            _allow_many_files()
            try:
                self._start(stack)
                while not self._signals:
                    self._look()
                    self._pause(1.0)
            except Stopped:
                pass
            finally:
                self._is_up = True  # from here on a signal only counts
                self._stop()

    # --- signals

    def _hear_signals(self) -> None:
        self._wakes, wakened = socket.socketpair()
        for end in (self._wakes, wakened):
            end.setblocking(False)
        self._wakened = wakened
        signal.set_wakeup_fd(wakened.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._note)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # wakes us

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1
        if not self._is_up:
            raise Stopped

    def _pause(self, seconds: float) -> None:
        select.select([self._wakes], [], [], seconds)
        with suppress(BlockingIOError):
            self._wakes.recv(4096)

    # --- starting

    def _start(self, stack: ExitStack) -> None:
        self._take_port()
        self._services, found = stack.enter_context(
            brought.services(self._environment, self._settings.data, self._count)
        )
        self._environment |= found
        self._until_ready(self._services)
        link = self._prepare()
        self._start_workers(stack)
        self._is_up = True
        if self._signals:
            raise Stopped
        say(f"Recovery Net is at {self._settings.public_url}")
        if link:
            say(link)

    def _take_port(self) -> None:
        """Before any other work. nginx opens it itself; without it the workers share ours."""
        self._listener = listening.on_port(self._settings)
        if self._nginx:
            self._listener.close()
            self._listener = None

    def _prepare(self) -> str:
        """Tables and set-up link, once for all of them. Gives the line with the link."""
        done = subprocess.run(
            [*self._wsgi("--prepare")], env=self._environment, stdout=subprocess.PIPE, text=True, check=False
        )
        if done.returncode:
            sys.exit(done.returncode)  # it has said why
        return done.stdout.strip()

    def _start_workers(self, stack: ExitStack) -> None:
        front, wheres = self._behind_nginx(stack, self._nginx) if self._nginx else (None, [])
        if front is None:
            self._listener = self._listener or listening.on_port(self._settings)
            wheres = [("--listener", str(self._listener.fileno()))] * self._count
        self._ours = [
            Watched(f"worker {number}", self._worker(where)) for number, where in enumerate(wheres, start=1)
        ]
        self._ours.append(Watched("the job worker", self._jobs))
        self._until_ready(self._ours)
        if front is not None:
            self._front = [front]
            self._until_ready(self._front)

    def _behind_nginx(self, stack: ExitStack, found: str) -> tuple[Watched | None, list[Sequence[str]]]:
        """nginx, to be started last, and where each worker listens; None when it does not take our configuration."""
        try:
            folder = new_folder("live", user=proxy.user())
        except Unavailable as why:
            say(f"Going without the nginx that is here: {why}.")
            return None, []
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        sockets = [folder / f"{number}.sock" for number in range(1, self._count + 1)]
        service = proxy.nginx(found, folder, self._settings.host, self._settings.port, sockets)
        if said := proxy.refusal(service):
            say(f"Going without the nginx that is here, which said: {said}")
            return None, []
        self._nginx_pid = folder / "pid"
        self._environment["RECOVERY_NET_PROXIES"] = str(self._settings.proxies + 1)
        return Watched("nginx", lambda: Held(service)), [("--socket", str(path)) for path in sockets]

    def _worker(self, where: Sequence[str]) -> Callable[[], Process]:
        files = () if self._listener is None else (self._listener.fileno(),)
        return lambda: Process(self._wsgi("--worker", *where), self._environment, files)

    def _jobs(self) -> Process:
        command = (sys.executable, "-m", "flask", "--app", str(ROOT / "wsgi.py"), "jobs", "work")
        return Process(command, self._environment)

    def _wsgi(self, *arguments: str) -> tuple[str, ...]:
        demo = ("--demo",) if self._settings.demo else ()
        return (sys.executable, str(ROOT / "wsgi.py"), *arguments, *demo)

    def _until_ready(self, some: Sequence[Watched]) -> None:
        deadline = time.monotonic() + STARTING
        while not all(each.is_ready for each in some):
            if time.monotonic() > deadline:
                late = next(each.name for each in some if not each.is_ready)
                raise SetupError(
                    f"{late} was not ready after {STARTING:.0f} seconds: see what is said above."
                )
            for each in (*self._services, *some):
                each.look()
            self._pause(0.05)

    def _look(self) -> None:
        for each in (*self._services, *self._ours, *self._front):
            each.look()

    # --- stopping

    def _stop(self) -> None:
        """Nobody new, then everybody out, then what they stood on. A second signal ends the waiting."""
        self._stop_listening()
        for each in self._ours:
            each.ask_to_leave()
        deadline, signals = time.monotonic() + LEAVING, max(1, self._signals)
        while not all(each.has_left() for each in self._ours):
            if time.monotonic() > deadline or self._signals > signals:
                break
            self._pause(0.1)
        for each in (*self._ours, *self._front):
            each.end()
        for each in self._services:
            each.ask_to_leave()
        for each in self._services:
            each.end()

    def _stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.close()
        if self._front:
            with suppress(OSError, ValueError):  # it may just be gone
                os.kill(int(self._nginx_pid.read_text()), signal.SIGQUIT)


def _allow_many_files() -> None:
    """For nginx and the workers, which inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
