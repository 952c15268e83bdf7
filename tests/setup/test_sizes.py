"""The size check says what has grown too long, and where."""

from pathlib import Path

from tools import sizes


def write(root: Path, name: str, lines: list[str]) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def test_a_long_function_is_named_with_its_place(tmp_path: Path) -> None:
    write(tmp_path, "recovery_net/rooms/service.py", ["import os", "def talk():", *["    os.getpid()"] * 40])

    (sentence,) = sizes.too_long(tmp_path)

    assert sentence.startswith("recovery_net/rooms/service.py:2 talk() has 41 lines, at most 40")


def test_forty_lines_are_still_short_enough(tmp_path: Path) -> None:
    write(tmp_path, "recovery_net/rooms/service.py", ["def talk():", *["    pass"] * 39])

    assert not list(sizes.too_long(tmp_path))


def test_each_kind_of_file_has_its_limit(tmp_path: Path) -> None:
    write(tmp_path, "recovery_net/rooms/models.py", ["a = 1"] * 401)
    write(tmp_path, "templates/rooms/room.html", ["<p>"] * 241)
    write(tmp_path, "static/js/rooms/room.js", [";"] * 241)
    write(tmp_path, "static/vendor/socket.io.esm.min.js", [";"] * 999)

    too_long = {sentence.split(" has ")[0] for sentence in sizes.too_long(tmp_path)}

    assert too_long == {
        "recovery_net/rooms/models.py",
        "templates/rooms/room.html",
        "static/js/rooms/room.js",
    }
