"""A real Chromium on the pages of either home. Without one the tests are skipped, and say so."""

import contextlib
import shutil
from urllib.parse import urlsplit

import pytest
from homes import ADMIN_PASSWORD

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
]


@pytest.fixture(scope="session")
def browser():
	if not CHROMIUM:
		pytest.skip("no Chromium on this machine")
	playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
	with playwright.sync_playwright() as runner:
		chromium = runner.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
		yield chromium
		chromium.close()


@pytest.fixture
def page(browser, web):
	"""A page of an own session; a script error, or a request to a foreign host, fails the test."""
	context = browser.new_context(base_url=web, viewport={"width": 1440, "height": 900}, locale="en-GB")
	tab = context.new_page()
	problems = []
	tab.on("pageerror", lambda error: problems.append(str(error)))
	tab.on("request", lambda r: problems.append(r.url) if is_foreign(r.url, web) else None)
	yield tab
	context.close()
	assert not problems


@pytest.fixture
def signed_in(page):
	"""The page at /mes, as Administrator."""
	page.goto("/login?redirect-to=/mes")
	with contextlib.suppress(Exception):
		page.wait_for_load_state("networkidle", timeout=5000)
	page.request.post("/api/method/login", form={"usr": "Administrator", "pwd": ADMIN_PASSWORD})
	page.goto("/mes")
	return page


def is_foreign(url, web):
	return url.startswith("http") and urlsplit(url).netloc != urlsplit(web).netloc
