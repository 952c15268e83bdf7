"""What members may write: plain text checks and limited Markdown, sanitised twice."""

import re
import unicodedata
from html import escape, unescape
from urllib.parse import quote, urlsplit

import bleach
import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from recovery_net.core.errors import Invalid
from recovery_net.core.i18n import N_

MESSAGE_LIMIT = 4000  # characters, after normalisation

# Bidirectional overrides can make text read as something it does not say; joiners and marks stay.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufff9-\ufffb]"
)
# Whatever may mean more than itself: signs of Markdown, what begins an address, white space that would be trimmed.
_MARKUP = re.compile(
    r"[*_`\[\\]|~~~|//|https?:|mailto:|^(?:[>+-]|\d+[.)])|[^\S\n]\n|\n[^\S\n]|\A\s|\s\Z|\A\Z|\r|"
    + _FORBIDDEN.pattern,
    re.IGNORECASE | re.MULTILINE,
)
_BETWEEN_PARAGRAPHS = re.compile(r"\n\n+")
_UNSEEN = {"Cf", "Zs", "Zl", "Zp", "Mn", "Cn"}
_BLANK = "\n\u2800\u3164\u115f\u1160\uffa0"  # letters and patterns that draw nothing
_LINE_BREAKS = re.compile("[\n\u2028\u2029]")
_TAGS = {"p", "br", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a"}
_LINK = {"href", "rel"}


def plain(text: object, limit: int, *, lines: bool = True) -> str:
    """Trimmed NFC text without control characters; `Invalid` when empty, too long, or not text.

    `lines=False` refuses line breaks.
    """
    if not isinstance(text, str):
        raise Invalid(N_("That is not text."))
    if len(text) > limit * 4:  # normalising megabytes is work we need not do
        raise Invalid(N_("That is too long: at most %(limit)d characters."), limit=limit)
    cleaned = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if _FORBIDDEN.search(cleaned) or (not lines and _LINE_BREAKS.search(cleaned)):
        raise Invalid(N_("That has characters in it that cannot be shown. Type it again without them."))
    if not _has_ink(cleaned):
        raise Invalid(N_("There is nothing written yet."))
    if len(cleaned) > limit:
        raise Invalid(N_("That is too long: at most %(limit)d characters."), limit=limit)
    return cleaned


def _has_ink(text: str) -> bool:
    """Whether anything would be seen: format characters and odd spaces alone are an empty message."""
    if text.isascii():
        return bool(text)
    return any(char not in _BLANK and unicodedata.category(char) not in _UNSEEN for char in text)


def render(text: str) -> Markup:
    """Limited Markdown to HTML. Raw HTML is shown as text; links lead through the leave page."""
    return _render_words(text) if _MARKUP.search(text) is None else _render_markup(text)


def _render_words(text: str) -> Markup:
    """Most messages go this way. It gives what the long way would, in a hundredth of the time."""
    html = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\xa0", "&nbsp;")
    paragraphs = [part.replace("\n", "<br>\n") for part in _BETWEEN_PARAGRAPHS.split(html)]
    return Markup("<p>" + "</p>\n<p>".join(paragraphs) + "</p>")  # noqa: S704 - what could begin a tag is escaped


def _render_markup(text: str) -> Markup:
    html = _markdown.render(text)
    html = bleach.clean(
        html, tags=_TAGS, attributes={"a": ["href", "rel"]}, protocols=["http", "https"], strip=True
    )
    # Bleach is no longer maintained: a second sanitiser of another make stands behind it.
    html = nh3.clean(html, tags=_TAGS, attributes={"a": _LINK}, link_rel=None, url_schemes={"http", "https"})
    return Markup(html.strip())  # noqa: S704 - sanitised twice


def strip_html(text: str) -> str:
    """Plain text out of somebody's HTML: `<br>` and ends of blocks become line breaks, the rest goes."""
    spaced = re.sub(r"(?i)<(?:br\s*/?|/p|/div|/li)\s*>", "\n", text)
    bare = unescape(nh3.clean(spaced, tags=set()))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t\xa0]+", " ", bare)).strip()


def leave_path(url: str) -> str | None:
    """The way to another site, through the leave page; None when the address cannot be linked."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or parts.username is not None:
        return None
    return "/leave?to=" + quote(url, safe="")


def _build_markdown() -> MarkdownIt:
    markdown = MarkdownIt("zero", {"html": False, "linkify": True, "breaks": True})
    markdown.enable(
        ["emphasis", "backticks", "blockquote", "list", "newline", "link", "linkify", "escape", "fence"]
    )
    markdown.add_render_rule("link_open", _open_link)
    markdown.add_render_rule("link_close", _close_link)
    if markdown.linkify is not None:
        markdown.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    return markdown


def _open_link(
    _self: object, tokens: list[Token], index: int, _options: object, env: dict[str, object]
) -> str:
    path = leave_path(str(tokens[index].attrGet("href") or ""))
    env["linked"] = path is not None
    return f'<a href="{escape(path)}" rel="nofollow noopener noreferrer ugc">' if path else ""


def _close_link(
    _self: object, _tokens: list[Token], _index: int, _options: object, env: dict[str, object]
) -> str:
    return "</a>" if env.get("linked") else ""


_markdown = _build_markdown()
