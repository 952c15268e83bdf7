"""Settings from the environment. Anything that cannot be used ends the start with one sentence."""

import base64
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from recovery_net.core.crypto import KEY_BYTES

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class SettingsError(Exception):
    """A setting that cannot be used: one sentence, with what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the host decides; see `docs/operations.md`."""

    data: Path
    host: str
    port: int
    database_url: str
    redis_url: str | None
    secret_keys: tuple[str, ...]
    content_keys: tuple[bytes, ...]
    public_url: str
    origins: tuple[str, ...]
    registration: str
    engine: str
    limits: bool
    site_name: str
    time_zone: str
    exit_url: str
    country: str
    public_meetings: bool
    feed_join_details: bool
    proxies: int
    demo: bool

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @classmethod
    def from_environment(cls, env: Mapping[str, str] = os.environ, *, demo: bool = False) -> "Settings":
        """Read and check every setting; makes the data folder and its keys on the first start."""
        read = _Reader(env)
        data = _data_folder(
            Path(env.get("RECOVERY_NET_DATA") or ROOT / ("instance-demo" if demo else "instance"))
        )
        host, port = read.text("HOST", "127.0.0.1"), read.port()
        public_url = read.url("PUBLIC_URL", f"http://{_in_url(host)}:{port}")
        return cls(
            data=data,
            host=host,
            port=port,
            database_url=read.database(data),
            redis_url=env.get("REDIS_URL") or None,
            secret_keys=read.secret_keys(data),
            content_keys=_content_keys(env.get("CONTENT_KEYS") or _kept(data / "content.key")),
            public_url=public_url,
            origins=_origins(public_url, port, is_given=bool(env.get("PUBLIC_URL"))),
            registration=read.one_of("REGISTRATION", "open", {"open", "invite"}),
            engine=read.one_of("ENGINE", "fast", {"fast", "stock"}),
            limits=read.limits(host),
            site_name=read.text("RECOVERY_NET_NAME", "Recovery Net"),
            time_zone=read.zone("RECOVERY_NET_TIME_ZONE", "UTC"),
            exit_url=read.exit_url("RECOVERY_NET_EXIT_URL", "/away"),
            country=read.country("RECOVERY_NET_COUNTRY", "US"),
            public_meetings=read.switch("RECOVERY_NET_PUBLIC_MEETINGS", default=True),
            feed_join_details=read.switch("RECOVERY_NET_FEED_JOIN_DETAILS", default=False),
            proxies=read.count("RECOVERY_NET_PROXIES"),
            demo=demo,
        )


@dataclass(frozen=True, slots=True)
class _Reader:
    env: Mapping[str, str]

    def text(self, name: str, default: str) -> str:
        return self.env.get(name) or default

    def one_of(self, name: str, default: str, choices: set[str]) -> str:
        value = self.text(name, default).lower()
        if value not in choices:
            raise SettingsError(f"{name} is {value!r}; it can be {' or '.join(sorted(choices))}.")
        return value

    def switch(self, name: str, *, default: bool) -> bool:
        return self.one_of(name, "on" if default else "off", {"on", "off"}) == "on"

    def port(self) -> int:
        value = self.text("PORT", "5000")
        if not value.isascii() or not value.isdigit() or not 0 < int(value) < 65536:
            raise SettingsError(f"PORT is {value!r}; it must be a number from 1 to 65535.")
        return int(value)

    def count(self, name: str) -> int:
        value = self.text(name, "0")
        if not value.isascii() or not value.isdigit() or int(value) > 9:
            raise SettingsError(f"{name} is {value!r}; it must be the number of proxies in front, 0 to 9.")
        return int(value)

    def url(self, name: str, default: str) -> str:
        value = self.text(name, default).rstrip("/")
        parts = _split(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path:
            raise SettingsError(
                f"{name} is {value!r}; give scheme and host only, such as https://recovery.example."
            )
        return value

    def zone(self, name: str, default: str) -> str:
        value = self.text(name, default)
        try:
            return ZoneInfo(value).key
        except (ValueError, OSError, KeyError) as error:
            raise SettingsError(
                f"{name} is {value!r}; give an IANA time zone such as Europe/Berlin."
            ) from error

    def database(self, data: Path) -> str:
        value = self.text("DATABASE_URL", f"sqlite:///{data / 'recovery-net.sqlite3'}")
        try:
            backend = make_url(value).get_backend_name()
        except ArgumentError as error:
            raise SettingsError("DATABASE_URL is not a database address; see docs/operations.md.") from error
        if backend not in {"sqlite", "postgresql", "postgres"}:
            raise SettingsError(f"DATABASE_URL names {backend}; this runs on sqlite:/// or postgresql://.")
        return value

    def secret_keys(self, data: Path) -> tuple[str, ...]:
        given = tuple(part.strip() for part in self.text("SECRET_KEY", "").split(",") if part.strip())
        return given or (_kept(data / "secret.key"),)

    def exit_url(self, name: str, default: str) -> str:
        value = self.text(name, default)
        parts = _split(value)
        is_ours = value.startswith("/") and not parts.netloc
        is_elsewhere = parts.scheme in {"http", "https"} and re.fullmatch(r"[\w.-]+(:\d+)?", parts.netloc)
        if not is_ours and not is_elsewhere:
            raise SettingsError(f"{name} is {value!r}; give a whole address such as https://weather.example.")
        return value

    def country(self, name: str, default: str) -> str:
        value = self.text(name, default).upper()
        if not re.fullmatch("[A-Z]{2}", value):
            raise SettingsError(f"{name} is {value!r}; give a country by its two letters, such as DE.")
        return value

    def limits(self, host: str) -> bool:
        value = self.switch("LIMITS", default=True)
        if not value and host not in LOOPBACK:
            raise SettingsError("LIMITS=off is for benchmarks; it needs HOST to be a loopback address.")
        return value


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")  # fits nothing that is asked of it


def _data_folder(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingsError(
            f"The data folder {folder} cannot be written ({error.strerror}); "
            "make it yours, or name another one in RECOVERY_NET_DATA."
        ) from error
    return folder.resolve()


def _kept(file: Path) -> str:
    """A secret of this instance, made once. Written under another name first: a half-written key is none."""
    if not file.exists():
        fresh = file.with_suffix(f".{os.getpid()}.new")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(KEY_BYTES) + "\n")
        try:
            os.link(fresh, file)
        except FileExistsError:
            pass  # another process was first; its key counts
        finally:
            fresh.unlink()
    return file.read_text().strip()


def _content_keys(text: str) -> tuple[bytes, ...]:
    try:
        keys = tuple(
            base64.b64decode(part.strip() + "==", altchars=b"-_") for part in text.split(",") if part.strip()
        )
    except ValueError:
        keys = ()
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise SettingsError("CONTENT_KEYS must be keys of 32 bytes in URL-safe base64, separated by commas.")
    return keys


def _in_url(host: str) -> str:
    host = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - a name to print, not to bind
    return f"[{host}]" if ":" in host else host


def _origins(public_url: str, port: int, *, is_given: bool) -> tuple[str, ...]:
    """Where pages of ours may come from. Without PUBLIC_URL this is one machine, under either of its names."""
    if is_given:
        return (public_url,)
    return tuple(dict.fromkeys((public_url, f"http://127.0.0.1:{port}", f"http://localhost:{port}")))
