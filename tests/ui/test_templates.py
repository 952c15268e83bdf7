import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SENTENCE = re.compile(r">\s*([A-Z][a-z]+(?: [a-z]+)*)")


def name(path):
    return str(path.relative_to(ROOT / "templates"))


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_nothing_inline_and_nothing_from_another_host(path):
    text = path.read_text()
    assert not re.search(r"""<style|\sstyle=|\son[a-z]+=["']|javascript:""", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"""\s(?:src|srcset|action|poster)=["'](?:https?:)?//""", text)
    assert not re.search(r"""<link[^>]*href=["'](?:https?:)?//""", text)


def test_every_icon_in_use_is_in_the_sprite():
    listed = set(json.loads((ROOT / "package.json").read_text())["recoveryNet"]["icons"])
    source = "".join(path.read_text() for path in TEMPLATES)
    called = set(re.findall(r"""\bicon\(["']([a-z0-9-]+)["']\)""", source))
    assert called <= listed


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_text_can_be_translated(path):
    markup = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(), flags=re.DOTALL)
    assert SENTENCE.findall(markup) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_forms_that_change_things_carry_the_token(path):
    for form in re.findall(r"""<form[^>]*method="post".*?</form>""", path.read_text(), flags=re.DOTALL):
        assert re.search(r"csrf|hidden_tag", form)
