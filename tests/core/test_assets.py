"""Scripts and styles are kept for a year under their version, and never mixed with another one's."""

import gzip
import re

from flask.testing import FlaskClient


def test_a_page_names_its_version_and_that_is_kept(client: FlaskClient) -> None:
    page = client.get("/").text
    (path,) = set(re.findall(r"/static/v[0-9a-f]{10}/js/main\.js", page))
    with client.get(path) as script:
        assert script.status_code == 200
        assert "immutable" in script.headers["Cache-Control"]


def test_another_version_and_none_are_asked_for_again(client: FlaskClient) -> None:
    for path in ("/static/v0123456789/js/main.js", "/static/js/main.js"):
        with client.get(path) as script:
            assert script.status_code == 200
            assert script.headers["Cache-Control"] == "no-cache"


def test_text_comes_small_to_those_who_can_read_it(client: FlaskClient) -> None:
    with client.get("/static/css/ui.css") as plain:
        whole = plain.data
    with client.get("/static/css/ui.css", headers={"Accept-Encoding": "gzip, br"}) as small:
        assert small.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(small.data) == whole
        assert len(small.data) < len(whole) / 2


def test_nothing_outside_the_folder_is_served(client: FlaskClient) -> None:
    for path in ("../wsgi.py", "%2e%2e/wsgi.py", "v0123456789/../../wsgi.py", "/etc/passwd", "css"):
        with client.get(f"/static/{path}") as answer:
            assert answer.status_code == 404, path
