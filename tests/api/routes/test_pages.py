from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient


@pytest.mark.parametrize("url", ["/", "/docs", "/web/page.css", "/web/page.js"])
def test_pages_load_nothing_from_elsewhere(remote: TestClient, url: str) -> None:
    answer = remote.get(url)
    assert answer.status_code == 200
    addresses = set(re.findall(r"(?:https?:)?//[a-z][\w.-]+", answer.text))
    assert addresses <= {"http://www.w3.org"}  # the name space of SVG, never asked
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_the_page_holds_no_data_of_its_own(remote: TestClient) -> None:
    page = remote.get("/").text
    assert "Top objections" in page
    assert "too expensive" not in page


def test_the_description_of_the_api_names_every_route(client: TestClient) -> None:
    page = client.get("/docs").text
    for path in client.get("/openapi.json").json()["paths"]:
        assert path in page


def test_a_file_that_is_no_page_is_not_served(client: TestClient) -> None:
    for name in ("index.py", "..%2fapp.py", "%2e%2e/app.py"):
        assert client.get(f"/web/{name}").status_code == 404
