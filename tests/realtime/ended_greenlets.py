"""Run with `python -m`: greenlets that wait for a commit, or lead one, are ended from outside.

The transactions are real and hold nothing.
"""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402
from collections.abc import Sequence  # noqa: E402

import gevent  # noqa: E402
from gevent.event import Event  # noqa: E402

from recovery_net.core import db  # noqa: E402
from recovery_net.core.errors import Unavailable  # noqa: E402
from recovery_net.realtime.committing import Committing  # noqa: E402


def main(url: str) -> None:
    db.connect(url)
    line, inside, go = Committing(), Event(), Event()
    batches: list[list[int]] = []

    def held(acts: Sequence[int]) -> list[int]:
        batches.append(list(acts))
        inside.set()
        go.wait()
        return list(acts)

    def ask(act: int) -> object:
        try:
            return line.do(held, act)
        except Unavailable:
            return "try again"

    asking = [gevent.spawn(ask, 0)]
    inside.wait()
    asking += [gevent.spawn(ask, act) for act in range(1, 7)]
    gevent.sleep(0)
    asking[3].kill()  # it only waits
    inside.clear()
    asking[0].kill(block=False)  # it leads, alone
    asking[1].kill(block=False)  # it is to lead next, and has not begun
    assert inside.wait(10)
    inside.clear()
    asking[2].kill()  # it leads for the three that are left
    gevent.joinall(asking, timeout=10)
    assert batches == [[0], [2, 4, 5, 6]], batches
    assert [one.value for one in asking[4:]] == ["try again"] * 3
    go.set()
    assert gevent.spawn(ask, 9).get(timeout=10) == 9
    print("all answered")


main(sys.argv[1])
