"""What published attacks become in a real browser, with the policy and without it (security.md, 29)."""

import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.room_page import hand_over
from tests.browser.test_room_client import VECTORS as SANITISERS
from tests.person import Person, Town

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Device = Callable[..., BrowserContext]

# After OWASP's filter evasion sheet, PortSwigger's sheet, and what Markdown renderers were caught with.
MARKDOWN = [
    "[a](javascript:hit())",
    "[a](JaVaScRiPt:hit())",
    "[a](java\nscript:hit())",
    "[a](javascript&colon;hit())",
    "[a](&#x6A;avascript:hit())",
    "[a](javascript://example.org/%0Ahit())",
    "[a](vbscript:hit())",
    "[a](data:text/html;base64,PHNjcmlwdD5oaXQoKTwvc2NyaXB0Pg==)",
    "[a](//other.example)",
    "[a](<javascript:hit()>)",
    "[a]('javascript:hit()')",
    "[a][1]\n\n[1]: javascript:hit()",
    '[a](https://a.example/"onmouseover="hit())',
    '[a](https://a.example "title" onmouseover=hit())',
    "[<img src=x onerror=hit()>](https://a.example)",
    "![x](x\"onerror='hit()')",
    "![x](https://other.example/pixel.png)",
    "<javascript:hit()>",
    "<https://a.example/'onclick='hit()>",
    "https://a.example/<svg/onload=hit()>",
    'https://a.example/"><img src=x onerror=hit()>',
    "`<img src=x onerror=hit()>`",
    "```html\n<script>hit()</script>\n```",
    '``` "><script>hit()</script>\nx\n```',
    "> <script>hit()</script>",
    "1. <img src=x onerror=hit()>",
    "**<b onmouseover=hit()>x</b>**",
    "\\<script>hit()\\</script>",
]
MARKUP = [
    "<script>hit()</script>",
    "<ScRiPt>hit()</sCrIpT>",
    "<scr<script>ipt>hit()</scr</script>ipt>",
    "<script src=https://other.example/x.js></script>",
    "<script/x>hit()</script>",
    "<<script>hit()//<</script>",
    "</title><script>hit()</script>",
    "</textarea><script>hit()</script>",
    "--><script>hit()</script><!--",
    "]]><script>hit()</script>",
    "<img src=x:x onerror=hit()>",
    "<img/src=x/onerror=hit()>",
    "<img src=x onerror=&#104;it()>",
    '<img """><script>hit()</script>">',
    "<image src=x onerror=hit()>",
    "<svg><script>hit()</script></svg>",
    "<svg><animate onbegin=hit() attributeName=x dur=1s>",
    "<svg><a xlink:href=javascript:hit()><text y=20>x</text></a></svg>",
    "<body onload=hit()>",
    "<video><source onerror=hit()></video>",
    "<audio src=x onerror=hit()>",
    "<marquee onstart=hit()>x</marquee>",
    "<select autofocus onfocus=hit()>",
    "<textarea autofocus onfocus=hit()>",
    "<style>@keyframes x{}</style><p style='animation-name:x' onanimationstart=hit()>x</p>",
    "<style>@import 'https://other.example/x.css';</style>",
    "<meta http-equiv=refresh content='0;url=https://other.example/'>",
    "<iframe src=javascript:parent.hit()></iframe>",
    "<embed src=data:text/html,<script>parent.hit()</script>>",
    "<form action=javascript:hit()><button>x</button></form>",
    "<isindex type=image src=1 onerror=hit()>",
    "<a href='jav&#x09;ascript:hit()'>x</a>",
    "&lt;script&gt;hit()&lt;/script&gt;",
    "&#60;img src=x onerror=hit()&#62;",
    "\uff1cscript\uff1ehit()\uff1c/script\uff1e",
    "'\"><img src=x onerror=hit()>",
    "{{7*7}}${7*7}<%= 7*7 %>",
]
VECTORS = MARKDOWN + MARKUP + [vector for vector in SANITISERS if len(vector) < 1000]
ALLOWED = {"p", "br", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a"}
TRAP = "window.hits = 0; window.hit = () => { window.hits += 1; };"
MARKS = """() => [...document.querySelectorAll("[data-body] *, .prose *")].flatMap((element) =>
  [element.localName, ...[...element.attributes].map(({ name, value }) => `${element.localName} ${name}=${value}`)])"""


def watched(context: BrowserContext, town: Town, person: Person, room: str) -> Page:
    """A page in which every script that gets through is counted."""
    context.add_init_script(TRAP)
    hand_over(context, person)
    page = context.new_page()
    page.goto(f"{town.url}/rooms/{room}")
    return page


def settle(page: Page) -> None:
    """Open all that is folded, touch all that can be touched, and let the page do what it would."""
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    page.evaluate(
        """() => {
          for (const element of document.querySelectorAll("[data-body] *"))
            for (const kind of ["mouseover", "focus", "animationstart"]) element.dispatchEvent(new Event(kind));
          return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        }"""
    )
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.hits") == 0


def faults(page: Page) -> list[str]:
    """What stands in messages and rules and should not."""
    marks: set[str] = set(page.evaluate(MARKS))
    links = {mark for mark in marks if mark.startswith("a href=/leave?to=http")}
    known = {"a rel=nofollow noopener noreferrer ugc", "a target=_blank"}
    return sorted(marks - links - known - ALLOWED)


def wear_out(town: Town, room: str) -> Person:
    """The attacks, one a message, in a content note, and in what a room says of itself."""
    heron = town.person().connect()
    heron.ask("room:join", {"room": room})
    for vector in VECTORS:
        assert heron.say(room, vector)["ok"], vector
    note = {"room": room, "cid": str(uuid.uuid4()), "body": "x", "content_note": MARKUP[10]}
    assert heron.ask("message:send", note)["ok"]
    edit = f"/rooms/{room}/edit"
    fields = {"access": "open", "retention_days": "30", "name": MARKUP[10], "topic": MARKUP[11]}
    assert town.operator.post(edit, page=edit, guidelines="\n\n".join(VECTORS)[:4000], **fields).ok
    return heron


@pytest.mark.parametrize("with_policy", [True, False])
def test_no_script_of_a_message_runs(town: Town, device: Device, with_policy: bool) -> None:
    room, north = town.room(), town.person()
    heron = wear_out(town, room)
    page = watched(device(bypass_csp=not with_policy), town, north, room)
    expect(page.locator(".room[data-connection=online]")).to_have_count(1)
    for vector in VECTORS[:20]:  # what the server drew is there; these are drawn by the script
        heron.say(room, vector)
    expect(page.locator(f"#m{len(VECTORS) + 21}")).to_have_count(1)
    settle(page)
    assert faults(page) == []
    page.goto(f"{town.url}/rooms/{room}/about")
    settle(page)
    assert faults(page) == []


def test_the_trap_catches_what_nothing_stops(town: Town, device: Device) -> None:
    page = watched(device(bypass_csp=True), town, town.person(), town.room())
    page.evaluate(
        "(html) => document.body.insertAdjacentHTML('beforeend', html)", "<img src='data:,' onerror=hit()>"
    )
    page.wait_for_function("window.hits > 0")
