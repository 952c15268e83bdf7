"""Assembly: the only module that knows every feature."""

from datetime import timedelta
from functools import cache

from flask import Flask, current_app, has_request_context, request
from flask_babel import Babel, get_locale
from flask_login import current_user
from flask_wtf import CSRFProtect
from gevent import monkey
from werkzeug.middleware.proxy_fix import ProxyFix

from recovery_net import cli, doors, pages
from recovery_net.accounts import cli as accounts_cli
from recovery_net.accounts import jobs as accounts_jobs
from recovery_net.accounts import principal
from recovery_net.accounts import views as accounts_views
from recovery_net.accounts.events import AccountErased
from recovery_net.config import ROOT, Settings
from recovery_net.core import assets, avatars, crypto, db, housekeeping, http, limits, logs, text
from recovery_net.core.events import on
from recovery_net.help import views as help_views
from recovery_net.meetings import cli as meetings_cli
from recovery_net.meetings import jobs as meetings_jobs
from recovery_net.meetings import views as meetings_views
from recovery_net.realtime.gate import Gate
from recovery_net.realtime.relay import make_relay
from recovery_net.realtime.server import Sockets
from recovery_net.rooms import api as rooms_api
from recovery_net.rooms import cli as rooms_cli
from recovery_net.rooms import jobs as rooms_jobs
from recovery_net.rooms import sockets as rooms_sockets
from recovery_net.rooms import views as rooms_views
from recovery_net.rooms.nav import nav_rooms

BLUEPRINTS = (
    pages.bp,
    accounts_views.bp,
    rooms_views.bp,
    rooms_api.bp,
    meetings_views.bp,
    help_views.bp,
)
COMMANDS = (accounts_cli.members, rooms_cli.rooms, meetings_cli.meetings, cli.database, cli.jobs)
JOBS = (housekeeping, accounts_jobs, rooms_jobs, meetings_jobs)  # imported, so that their jobs are known
_TRANSLATIONS = ROOT / "recovery_net" / "translations"
_LOCALES = ["en", *sorted(folder.name for folder in _TRANSLATIONS.glob("*") if folder.is_dir())]
MAX_FORM = 1024 * 1024  # bytes of one request's body


def create_app(settings: Settings) -> Flask:
    """The whole program on one database. Does not migrate and does not serve."""
    logs.configure()
    app = Flask(__name__, template_folder=ROOT / "templates", static_folder=None)
    _configure(app, settings)
    db.connect(settings.database_url)
    crypto.use(crypto.Keyring(settings.content_keys))
    _mount_parts(app, settings)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for command in COMMANDS:
        app.cli.add_command(command)
    app.extensions["sockets"] = _mount_sockets(app)
    _put_in_front(app, settings)
    return app


def _put_in_front(app: Flask, settings: Settings) -> None:
    """Around the pages and the sockets alike."""
    app.wsgi_app = Gate(app, app.wsgi_app)  # type: ignore[method-assign]
    if settings.proxies:
        # The host header is not taken from a proxy: PUBLIC_URL says where we are.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_keys[0],
        SECRET_KEY_FALLBACKS=list(settings.secret_keys[1:]),
        MAX_CONTENT_LENGTH=MAX_FORM,
        SESSION_COOKIE_NAME="session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_https,
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        WTF_CSRF_SSL_STRICT=False,  # asks for a Referer, and we never send one
        BABEL_DEFAULT_LOCALE="en",
        BABEL_TRANSLATION_DIRECTORIES=str(_TRANSLATIONS),
        RATELIMIT_ENABLED=settings.limits,
        RATELIMIT_STORAGE_URI="recovery-net://" if settings.redis_url else "memory://",
        RATELIMIT_STORAGE_OPTIONS={"redis_url": settings.redis_url} if settings.redis_url else {},
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.json.sort_keys = False  # type: ignore[attr-defined]


def _mount_parts(app: Flask, settings: Settings) -> None:
    CSRFProtect(app)
    Babel(app, locale_selector=_locale, timezone_selector=_time_zone)
    principal.init(app)
    limits.limiter.init_app(app)
    app.extensions["budget"] = limits.make_budget(settings.redis_url, is_on=settings.limits)
    assets.init(app, ROOT / "static")
    http.init(app)
    doors.init(app)
    app.context_processor(_everywhere)
    app.jinja_env.globals.update(landscape=avatars.landscape, modules=_modules)
    app.jinja_env.filters["markdown"] = text.render


def _mount_sockets(app: Flask) -> Sockets:
    sockets = Sockets()
    is_cooperative = monkey.is_module_patched("socket")
    sockets.init(app, doors.admit_socket, async_mode="gevent" if is_cooperative else "threading")
    relay = make_relay(app.config["SETTINGS"].redis_url)
    app.extensions["relay"] = relay
    app.extensions["live_rooms"] = rooms_sockets.register(sockets, relay)

    @on(AccountErased)
    def erase_from_the_log(_erased: AccountErased) -> None:
        db.empty_log()

    return sockets


def _locale() -> str | None:
    if current_user and current_user.is_authenticated and current_user.account.locale:
        return str(current_user.account.locale)
    return request.accept_languages.best_match(_LOCALES) if has_request_context() else None


def _time_zone() -> str:
    """Where the reader is, as far as they said so; pages with a script show the device's own time."""
    if current_user and current_user.is_authenticated and current_user.account.time_zone:
        return str(current_user.account.time_zone)
    return _settings().time_zone


def _everywhere() -> dict[str, object]:
    """What every template may use."""
    return {
        "settings": _settings(),
        "locale": str(get_locale() or "en"),
        "nav_rooms": nav_rooms(),
        "exit_url": _settings().exit_url,
        "site_name": _settings().site_name,
    }


@cache
def _modules(*folders: str) -> list[str]:
    """The scripts of some folders, to be fetched at once: on a slow line a chain of imports is a chain of waits."""
    found = (path for folder in folders for path in (ROOT / "static" / "js" / folder).glob("*.js"))
    return sorted(path.relative_to(ROOT / "static").as_posix() for path in found)


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found
