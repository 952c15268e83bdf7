"""What a proxy is told of a worker: it serves as long as there is a database (operations.md, health)."""

from typing import Any

import requests

from tests.realtime.workers.conftest import Workers, until


def ready(workers: Workers) -> dict[str, Any]:
    answer = requests.get(f"{workers.second.url}/readyz", timeout=10)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_a_worker_is_ready_without_redis_and_says_so(workers: Workers) -> None:
    assert ready(workers)["redis"] is True
    workers.redis.stop()
    until(lambda: ready(workers)["redis"] is False)
    assert ready(workers)["ok"] is True
    workers.redis.start()
    until(lambda: ready(workers)["redis"] is True)


def test_a_worker_says_how_far_it_is_behind_the_logs(workers: Workers) -> None:
    until(lambda: ready(workers)["log"]["swept_seconds_ago"] < 1)
    assert ready(workers)["log"]["behind"] == 0
