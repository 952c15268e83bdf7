"""Settings that cannot be used end the start with one sentence that says what to do."""

import stat
from pathlib import Path

import pytest

from recovery_net.config import Settings, SettingsError


def settings(folder: Path, **environment: str) -> Settings:
    return Settings.from_environment({"RECOVERY_NET_DATA": str(folder / "data"), **environment})


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORT", "eighty", "number from 1 to 65535"),
        ("PORT", "0", "number from 1 to 65535"),
        ("PUBLIC_URL", "recovery.example", "scheme and host"),
        ("PUBLIC_URL", "http://[", "scheme and host"),
        ("PUBLIC_URL", "https://recovery.example/net", "scheme and host"),
        ("REGISTRATION", "closed", "invite or open"),
        ("ENGINE", "warp", "fast or stock"),
        ("DATABASE_URL", "mysql://x/y", "sqlite:/// or postgresql://"),
        ("DATABASE_URL", "nonsense", "not a database address"),
        ("RECOVERY_NET_TIME_ZONE", "Mars/Base", "IANA time zone"),
        ("CONTENT_KEYS", "c2hvcnQ", "32 bytes"),
        ("RECOVERY_NET_PROXIES", "many", "number of proxies"),
        ("RECOVERY_NET_EXIT_URL", "javascript:alert(1)", "whole address"),
        ("RECOVERY_NET_EXIT_URL", "//elsewhere.example", "whole address"),
        ("RECOVERY_NET_COUNTRY", "Germany", "two letters"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, name: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as refused:
        settings(tmp_path, **{name: value})
    assert name in str(refused.value)


def test_limits_are_only_off_on_this_machine(tmp_path: Path) -> None:
    assert not settings(tmp_path, LIMITS="off").limits
    with pytest.raises(SettingsError, match="loopback"):
        settings(tmp_path, LIMITS="off", HOST="0.0.0.0")


def test_a_data_folder_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(SettingsError, match="cannot be written"):
        settings(tmp_path)


def test_keys_are_made_once_and_kept_private(tmp_path: Path) -> None:
    first, second = settings(tmp_path), settings(tmp_path)
    assert first.secret_keys == second.secret_keys
    assert first.content_keys == second.content_keys
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    for key in ("secret.key", "content.key"):
        assert stat.S_IMODE((tmp_path / "data" / key).stat().st_mode) == 0o600


def test_pages_come_from_one_place_only(tmp_path: Path) -> None:
    assert settings(tmp_path, PUBLIC_URL="https://r.example/").origins == ("https://r.example",)
    assert settings(tmp_path, PORT="8000").origins == ("http://127.0.0.1:8000", "http://localhost:8000")
