"""Pages of the apps, the login page, redirects."""

import re

import pytest
from web import USER, Browser


@pytest.mark.parametrize(
	("url", "rest"), [("/tiny", ""), ("/tiny/", ""), ("/tiny.html", ""), ("/tiny/a/b", "a/b")]
)
def test_page_and_its_deep_routes(user: Browser, url: str, rest: str) -> None:
	answer = user.get(url)
	assert answer.status_code == 200
	assert answer.headers["Content-Type"].startswith("text/html")
	assert f'<p id="who">{USER}</p>' in answer.text
	assert f'<p id="path">{rest}</p>' in answer.text


def test_page_for_guests(guest: Browser) -> None:
	assert '<p id="who">Guest</p>' in guest.get("/tiny").text


def test_csrf_token_in_the_page_is_that_of_the_session(newcomer: Browser) -> None:
	assert 'frappe.csrf_token = "None"' in newcomer.get("/tiny").text
	token = newcomer.get("/api/method/tinyapp.web.csrf").json()["message"]
	found = re.search(r'frappe\.csrf_token = "(\w+)"', newcomer.get("/tiny").text)
	assert found
	assert found[1] == token


def test_unknown_page_is_404(guest: Browser) -> None:
	answer = guest.get("/nopage")
	assert answer.status_code == 404
	assert answer.headers["Content-Type"].startswith("text/html")


def test_pages_take_no_other_verbs(guest: Browser) -> None:
	assert guest.post("/tiny").status_code == 200
	assert guest.put("/tiny").status_code == 404


@pytest.mark.parametrize("path", ["/app", "/app/tiny-order/x"])
def test_desk_sends_guests_to_the_login(guest: Browser, path: str) -> None:
	answer = guest.get(path)
	assert answer.status_code == 301
	assert answer.headers["Location"] == "/login?redirect-to=" + path.replace("/", "%2F")


def test_desk_sends_users_to_the_app(user: Browser) -> None:
	assert user.get("/app").headers["Location"] == "/tiny"


def test_login_page_leads_back(guest: Browser) -> None:
	answer = guest.get("/login?redirect-to=/tiny/x")
	assert answer.status_code == 200
	assert 'data-redirect-to="/tiny/x"' in answer.text


@pytest.mark.parametrize(
	"target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x"]
)
def test_login_page_leads_to_no_other_site(guest: Browser, user: Browser, target: str) -> None:
	assert 'data-redirect-to=""' in guest.get("/login", params={"redirect-to": target}).text
	assert user.get("/login", params={"redirect-to": target}).headers["Location"] == "/tiny"


def test_login_page_speaks_the_browsers_language(guest: Browser) -> None:
	answer = guest.get("/login", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})
	assert '<html lang="zh">' in answer.text
	assert "密码" in answer.text


def test_login_page_sends_users_on(user: Browser) -> None:
	answer = user.get("/login?redirect-to=/tiny/x")
	assert (answer.status_code, answer.headers["Location"]) == (301, "/tiny/x")
	assert "no-store" in answer.headers["Cache-Control"]


def test_root_is_the_login_or_the_app(guest: Browser, user: Browser) -> None:
	assert 'id="login"' in guest.get("/").text
	assert f'<p id="who">{USER}</p>' in user.get("/").text


def test_screen_of_apps(guest: Browser, user: Browser) -> None:
	assert guest.get("/apps").headers["Location"].startswith("/login")
	assert 'href="/tiny"' in user.get("/apps").text


def test_redirect_hook(guest: Browser) -> None:
	answer = guest.get("/old/page")
	assert (answer.status_code, answer.headers["Location"]) == (301, "/tiny/page")


def test_paths_leave_no_folder(guest: Browser) -> None:
	assert guest.get("/..%2Fhooks.py").status_code == 404
	assert guest.get("/tiny.py").status_code == 404
