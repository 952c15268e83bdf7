"""Who talks at two workers at once has one budget for both (core.counting)."""

import time

from recovery_net.core import limits
from tests.person import Person
from tests.realtime.workers.conftest import Workers, go, move


def test_what_was_said_at_one_counts_at_the_other(workers: Workers, room: str) -> None:
    here = workers.person_at(workers.first)
    there = Person(workers.url)
    there.web.cookies.update(here.web.cookies)
    move(there, workers.second)
    for person in (here, there):
        assert person.ask("room:join", {"room": room})["ok"]
    most = limits.SEND.count
    for number in range(most - 20):
        assert here.say(room, f"{number}")["ok"]
    answers = []
    while not answers or (answers[-1]["ok"] and len(answers) < most):
        time.sleep(0.02)  # they tell each other once a second
        answers.append(there.say(room, "and there"))
    assert answers[-1]["ok"] is False, "as much again, at the other worker"
    assert answers[-1]["error"]["code"] == "too_many"
    go(here, there)
