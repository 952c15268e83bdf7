"""What members may write, and what becomes of it."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recovery_net.core import text
from recovery_net.core.errors import Invalid

ALLOWED = {"p", "br", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a"}


class Markup(HTMLParser):
    """Collects what a browser would make of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Sitting outside the hall.", "<p>Sitting outside the hall.</p>"),
        ("**still** _here_", "<p><strong>still</strong> <em>here</em></p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("it's <b>fine</b>", "<p>it's &lt;b&gt;fine&lt;/b&gt;</p>"),
        ("# not a heading", "<p># not a heading</p>"),
    ],
)
def test_limited_markdown(written: str, shown: str) -> None:
    assert text.render(written) == shown


def test_links_lead_through_the_leave_page() -> None:
    (link,) = [
        attributes
        for tag, attributes in Markup(text.render("see https://a.example/b?c=1")).tags
        if tag == "a"
    ]
    assert link == {
        "href": "/leave?to=https%3A%2F%2Fa.example%2Fb%3Fc%3D1",
        "rel": "nofollow noopener noreferrer ugc",
    }


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "//evil.example",
        "data:text/html,x",
        "http://bank@evil.example",
        "/rooms",
        "ftp://x",
    ],
)
def test_other_addresses_are_no_links(address: str) -> None:
    assert text.leave_path(address) is None
    assert "href" not in text.render(f"[look]({address})")


PIECES = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "[a](javascript:alert(1))",
    "[a](JaVaScRiPt&colon;alert(1))", "<a href='javascript:x'>", "![x](http://h/x.png)", "<!--", "-->", "]]>", "`",
    "```", "**", "_", "> ", "- ", "1. ", "\n", "&#x6A;avascript:", "<style>", "<math><mtext></mtext>",
    "<iframe srcdoc='x'>",
    "https://a.example/\"onmouseover=alert(1)", "\\", "[", "](", ")", "<", ">", '"', "'", "&lt;script&gt;", "word",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=12).map("".join))
def test_nothing_written_becomes_other_markup(written: str) -> None:
    for tag, attributes in Markup(text.render(written)).tags:
        assert tag in ALLOWED
        assert set(attributes) <= ({"href", "rel"} if tag == "a" else set())
        assert (
            (attributes.get("href") or "/leave?").startswith("/leave?to=http")
            or tag != "a"
            or "href" not in attributes
        )


@pytest.mark.parametrize(
    "written",
    [
        "",
        "   ",
        "\n\n",
        "\u200b\u200d",
        "a\x00b",
        "\x1b[31mred",
        "abc\u202egnp.exe",
        "\ud800",
        "x" * 4001,
        7,
        None,
        ["a"],
        {"a": 1},
    ],
)
def test_what_cannot_be_shown_is_refused(written: object) -> None:
    with pytest.raises(Invalid) as refused:
        text.plain(written, 4000)
    assert refused.value.permanent


def test_four_thousand_characters_are_not_too_many() -> None:
    assert len(text.plain(" " + "ü" * 4000 + "\r\n", 4000)) == 4000


@given(st.text(max_size=200))
def test_cleaned_text_stays_as_it_is_when_cleaned_again(written: str) -> None:
    try:
        once = text.plain(written, 4000)
    except Invalid:
        return
    assert text.plain(once, 4000) == once
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f]", once)


def test_html_becomes_plain_lines() -> None:
    assert text.strip_html("Ring <b>twice</b>.<br>Blue&nbsp;door &amp; stairs<script>x()</script>") == (
        "Ring twice.\nBlue door & stairs"
    )


PLAIN = [
    "Sitting outside the hall.",
    'it\'s "fine" & <b>well</b>',
    "one\ntwo\n\nthree",
    "7 days – 24 hours, 1.5 km, 50% :) #1 @heron",
    "Größe\xa0L, 😀, अच्छा",
]
MARKUP = [
    "*a*", "**a**", "_a_", "`a`", "```\na\n```", "~~~\na\n~~~", "[a](b)", "![a](b)", "a\\*b", "> a", "- a", "+ a",
    "1. a", "12) a", "a\n> b", "a\n- b", "a\n3. b", "see https://a.example", "HTTP://A.EXAMPLE", "//a.example",
    "mailto:a@b.example", "ftp://a.example", " a", "a ", "a  \nb", "a\n    b", "",
]  # fmt: skip


@pytest.mark.parametrize("written", PLAIN)
def test_words_without_markup_never_meet_the_sanitisers(
    written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "_render_markup", None)
    assert text.render(written).startswith("<p>")


@pytest.mark.parametrize("written", MARKUP)
def test_markup_always_meets_the_sanitisers(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "_render_words", None)
    text.render(written)


LINES = st.lists(
    st.sampled_from([*PLAIN, *MARKUP, *PIECES, "\n", "\n\n", " ", "\t"]) | st.text(max_size=6), max_size=8
)


@given(LINES.map("".join))
def test_the_short_way_gives_what_the_long_way_gives(written: str) -> None:
    assert text.render(written) == text._render_markup(written)
