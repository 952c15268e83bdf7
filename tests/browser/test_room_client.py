"""What the browser does for a room beyond talking: outbox, tabs, the place one reads at, the last wall."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.room_page import SPOKEN, WAITING, box, hand_over, log_of, online, say, sit_down
from tests.person import Town

# The database is behind the server; what is tested is in front of it.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Device = Callable[..., BrowserContext]


def test_words_that_are_refused_come_back_with_the_sentence(town: Town, device: Device) -> None:
    room, north = town.room(), town.person()
    page = online(sit_down(device(), town, north, room))
    page.get_by_label("Your message").fill("left \u202e right")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be shown")
    assert box(page) == "left \u202e right"
    expect(page.locator(WAITING)).to_have_count(0)
    expect(page.locator(".day")).to_have_count(0)
    page.reload()
    expect(page.locator(".room[data-mounted]")).to_have_count(1)
    expect(page.locator(".message")).to_have_count(0)
    assert box(page) == "left \u202e right"  # to be changed, not to be typed again
    assert log_of(north, room) == []


def test_two_tabs_that_were_offline_send_everything_once_and_in_order(town: Town, device: Device) -> None:
    room, north = town.room(), town.person()
    context = device()
    tabs = [online(sit_down(context, town, north, room)) for _ in range(2)]
    context.set_offline(True)
    words = [f"number {number}" for number in range(8)]
    for number, text in enumerate(words):
        say(tabs[number % 2], text)
        expect(tabs[0].locator(WAITING)).to_have_count(number + 1)
    context.set_offline(False)
    for tab in tabs:
        expect(tab.locator(SPOKEN)).to_have_text(words)
        expect(tab.locator(WAITING)).to_have_count(0)
    assert log_of(north, room) == words


def test_another_member_on_the_same_device_neither_sees_nor_sends_what_waits(
    town: Town, device: Device
) -> None:
    room, north, heron = town.room(), town.person(), town.person()
    context = device()
    page = online(sit_down(context, town, north, room))
    context.set_offline(True)
    say(page, "in my name only")
    expect(page.locator(WAITING)).to_have_count(1)
    page.close()
    context.set_offline(False)

    theirs = online(sit_down(context, town, heron, room))
    say(theirs, "good evening")
    expect(theirs.locator(SPOKEN)).to_have_text(["good evening"])
    expect(theirs.locator(WAITING)).to_have_count(0)
    assert log_of(heron, room) == ["good evening"]

    mine = sit_down(context, town, north, room)
    expect(mine.locator(SPOKEN)).to_have_text(["good evening", "in my name only"])
    assert log_of(north, room) == ["good evening", "in my name only"]


def test_a_page_left_open_does_not_speak_for_who_signs_in_after(town: Town, device: Device) -> None:
    room, north, heron = town.room(), town.person(), town.person()
    context = device()
    left_open = online(sit_down(context, town, north, room))
    context.set_offline(True)
    say(left_open, "not under another name")
    hand_over(context, heron)
    context.set_offline(False)
    expect(left_open.locator("[data-status]")).to_contain_text("signed out")
    assert log_of(heron, room) == []


def test_what_is_read_keeps_its_place_while_others_talk(town: Town, device: Device) -> None:
    room, north, heron = town.room(), town.person(), town.person().connect()
    heron.ask("room:join", {"room": room})
    for number in range(1, 61):
        heron.say(room, f"number {number}")
    page = online(sit_down(device(), town, north, room))
    page.locator("[data-scroll]").evaluate("element => element.scrollTo({top: -400})")
    reading = page.locator("#m45")
    before = reading.bounding_box()
    heron.say(room, "one more below")
    pill = page.get_by_role("button", name="One new message")
    expect(pill).to_be_visible()
    after = reading.bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) < 3  # pixels; scrollTop is whole
    pill.click()
    expect(page.locator("#m61")).to_be_in_viewport()
    expect(pill).to_be_hidden()


def test_the_line_stands_above_what_came_while_one_was_away(town: Town, device: Device) -> None:
    room, north, heron = town.room(), town.person(), town.person().connect()
    heron.ask("room:join", {"room": room})
    heron.say(room, "before")
    context = device()
    first = online(sit_down(context, town, north, room))
    say(first, "I sit here now")  # who has not walked in has no mark
    expect(first.locator(SPOKEN)).to_have_count(2)
    first.close()
    for words in ("while away", "and another"):
        heron.say(room, words)
    page = online(sit_down(context, town, north, room))
    expect(page.locator(".new-line")).to_have_count(1)
    expect(page.locator(".new-line + .message [data-body]")).to_have_text("while away")


VECTORS = [
    "<img src=x onerror=hit()>",
    "<svg/onload=hit()>",
    "<p onclick=hit() style=color:red id=x class=y>p</p>",
    "<a href='javascript:hit()'>a</a>",
    "<a href=' java&#10;script:hit()'>a</a>",
    "<a href='//other.example/'>a</a>",
    "<a href='/\\other.example/'>a</a>",
    "<a href='https://other.example/'>a</a>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=hit()&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=hit()>",
    "<noscript><p title='</noscript><img src=x onerror=hit()>'>",
    "<template><script>hit()</script></template>",
    "<iframe srcdoc='<script>parent.hit()</script>'></iframe>",
    "<object data='data:text/html,<script>hit()</script>'></object>",
    "<base href=//other.example/><link rel=stylesheet href=//other.example/a.css>",
    "<input autofocus onfocus=hit()><details open ontoggle=hit()>",
    "<b>" * 5000 + "deep",
]


def test_markup_that_got_past_the_server_is_built_anew_from_a_short_list(town: Town, device: Device) -> None:
    page = device().new_page()
    page.goto(town.url)
    found = page.evaluate(
        """async (vectors) => {
          const { safeFragment } = await import("/static/js/lib/safe-html.js");
          window.hits = 0;
          window.hit = () => { window.hits += 1; };
          const marks = new Set();
          for (const vector of vectors) {
            const place = document.body.appendChild(document.createElement("div"));
            place.append(safeFragment(vector));
            for (const element of place.querySelectorAll("*")) {
              marks.add(element.localName);
              for (const { name, value } of element.attributes) marks.add(`${element.localName} ${name}=${value}`);
            }
          }
          await new Promise((done) => setTimeout(done, 300));
          return { hits: window.hits, marks: [...marks].sort() };
        }""",
        VECTORS,
    )
    assert found == {"hits": 0, "marks": ["a", "p"]}
    kept = page.evaluate(
        """async (html) => {
          const { safeFragment } = await import("/static/js/lib/safe-html.js");
          const place = document.createElement("div");
          place.append(safeFragment(html));
          return place.innerHTML;
        }""",
        "<p><strong>b</strong> <em>i</em> <code>c</code><br>x</p><ol start='3'><li>l</li></ol>",
    )
    assert kept == '<p><strong>b</strong> <em>i</em> <code>c</code><br>x</p><ol start="3"><li>l</li></ol>'
