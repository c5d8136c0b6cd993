"""Uploads, who may read them, and the files apps and sites serve."""

import gzip
from pathlib import Path
from typing import Any

import pytest
import tinyapp
from web import USER, Browser, messages

import frappe

UPLOAD = "/api/method/upload_file"


@pytest.fixture(autouse=True)
def _acme(site: str) -> None:
	if not frappe.db.exists("Tiny Customer", "Acme"):
		frappe.get_doc({"doctype": "Tiny Customer", "customer_name": "Acme"}).insert()
	frappe.db.commit()


def upload(browser: Browser, name: str, content: bytes, **form: Any) -> Any:
	return browser.post(UPLOAD, files={"file": (name, content)}, data=form)


def made(answer: Any) -> dict[str, Any]:
	assert answer.status_code == 200, answer.text
	return dict(answer.json()["message"])


def test_upload_makes_a_file_document(administrator: Browser) -> None:
	form = {"is_private": "1", "doctype": "Tiny Customer", "docname": "Acme"}
	file = made(upload(administrator, "my file.txt", b"hello one", **form))
	assert file["file_url"] == "/private/files/my file.txt"
	assert (file["file_name"], file["file_type"], file["file_size"]) == ("my file.txt", "TXT", 9)
	assert (file["attached_to_doctype"], file["attached_to_name"]) == ("Tiny Customer", "Acme")
	assert file["folder"] == "Home"
	assert administrator.get(file["file_url"]).text == "hello one"
	comments = frappe.get_all(
		"Comment",
		filters={"reference_name": "Acme", "comment_type": "Attachment"},
		pluck="content",
		order_by="creation desc",
	)
	assert "my file.txt" in comments[0]


def test_equal_content_is_stored_once_and_other_content_gets_a_suffix(administrator: Browser) -> None:
	first = made(upload(administrator, "same.txt", b"same"))
	again = made(upload(administrator, "same.txt", b"same"))
	other = made(upload(administrator, "same.txt", b"other"))
	assert again["file_url"] == first["file_url"] == "/files/same.txt"
	assert other["file_url"] == f"/files/same{other['content_hash'][-6:]}.txt"
	assert administrator.get(other["file_url"]).text == "other"


def test_public_files_are_for_everyone(administrator: Browser, guest: Browser) -> None:
	file = made(upload(administrator, "open.txt", b"open to all"))
	assert guest.get(file["file_url"]).text == "open to all"
	assert guest.get("/files/none.txt").status_code == 404


def test_private_files_follow_the_document_they_hang_on(
	administrator: Browser, user: Browser, guest: Browser
) -> None:
	attached = {"is_private": "1", "doctype": "Tiny Customer", "docname": "Acme"}
	shared = made(upload(administrator, "shared.txt", b"for readers", **attached))["file_url"]
	alone = made(upload(administrator, "alone.txt", b"for me", is_private="1"))["file_url"]
	role = {"is_private": "1", "doctype": "Role", "docname": "Guest"}
	closed = made(upload(administrator, "closed.txt", b"for managers", **role))
	assert user.get(shared).text == "for readers"
	assert user.get(alone).status_code == 403
	assert user.get(closed["file_url"]).status_code == 403
	assert user.get(f"/api/resource/File/{closed['name']}").status_code == 403
	assert guest.get(shared).status_code == 403
	assert administrator.get("/private/files/none.txt").status_code == 403
	listed = user.get('/api/resource/File?fields=["file_url"]&filters={"is_private": 1}&limit=0').json()[
		"data"
	]
	assert {"file_url": shared} in listed
	assert {"file_url": alone} not in listed
	assert {"file_url": closed["file_url"]} not in listed


def test_attaching_needs_the_right_to_write(user: Browser, guest: Browser) -> None:
	assert upload(user, "q.txt", b"q", doctype="Role", docname="Guest").status_code == 403
	assert upload(guest, "q.txt", b"q").status_code == 403
	assert made(upload(user, "mine.txt", b"mine"))["owner"] == USER


def test_document_that_is_not_there_yet_can_have_files(user: Browser) -> None:
	file = made(upload(user, "early.txt", b"early", doctype="Tiny Customer", docname="Later"))
	assert file["attached_to_name"] == "Later"


def test_upload_of_nothing_is_refused(administrator: Browser) -> None:
	answer = administrator.post(UPLOAD)
	assert (answer.status_code, answer.json()["exc_type"]) == (417, "MandatoryError")


def test_address_of_a_file_elsewhere(administrator: Browser) -> None:
	file = made(administrator.post(UPLOAD, data={"file_url": "https://example.com/x.png"}))
	assert (file["file_name"], file["file_url"]) == ("x.png", "https://example.com/x.png")
	odd = administrator.post(UPLOAD, data={"file_url": "ftp://example.com/x.png"})
	assert messages(odd)[0]["message"] == "URL must start with http:// or https://"


def test_address_gives_nobody_a_private_file_he_may_not_read(administrator: Browser, user: Browser) -> None:
	url = made(upload(administrator, "locked.txt", b"locked", is_private="1"))["file_url"]
	assert user.post(UPLOAD, data={"file_url": url}).status_code == 403
	assert user.post(UPLOAD, data={"file_url": "/files/../../site_config.json"}).status_code >= 400
	assert user.get(url).status_code == 403


def test_names_leave_no_folder(administrator: Browser) -> None:
	file = made(upload(administrator, "../a/b.txt", b"dots"))
	assert file["file_url"] == "/files/..ab.txt"


@pytest.mark.parametrize("url", ["/files/../../site_config.json", "/files/%2e%2e/%2e%2e/site_config.json"])
def test_paths_leave_no_folder(administrator: Browser, url: str) -> None:
	import http.client

	host = administrator.address.removeprefix("http://")
	connection = http.client.HTTPConnection(host, timeout=20)
	for path in (url, url.replace("/files", "/private/files"), url.replace("/files", "/assets/tinyapp")):
		connection.request("GET", path)
		answer = connection.getresponse()
		assert b"encryption_key" not in answer.read()
		assert answer.status in (403, 404)


def test_too_big_a_body_is_413(administrator: Browser) -> None:
	assert upload(administrator, "big.bin", b"x" * (26 * 1024 * 1024)).status_code == 413


def test_file_moves_when_it_is_opened_to_all(administrator: Browser, guest: Browser) -> None:
	file = made(upload(administrator, "moving.txt", b"moving", is_private="1"))
	answer = administrator.put(f"/api/resource/File/{file['name']}", json={"is_private": 0})
	assert answer.json()["data"]["file_url"] == "/files/moving.txt"
	assert guest.get("/files/moving.txt").text == "moving"


def test_file_leaves_the_disk_with_its_last_document(administrator: Browser, guest: Browser) -> None:
	first = made(upload(administrator, "twice.txt", b"twice"))
	second = made(upload(administrator, "twice.txt", b"twice"))
	administrator.delete(f"/api/resource/File/{first['name']}")
	assert guest.get("/files/twice.txt").status_code == 200
	administrator.delete(f"/api/resource/File/{second['name']}")
	assert guest.get("/files/twice.txt").status_code == 404


def test_rolled_back_file_leaves_the_disk(site: str) -> None:
	file = frappe.get_doc({"doctype": "File", "file_name": "undone.txt", "content": "undone"}).insert()
	path = Path(file.get_full_path())
	assert path.read_text() == "undone"
	frappe.db.rollback()
	assert not path.exists()


def test_download_file_by_name(administrator: Browser, user: Browser) -> None:
	url = made(upload(administrator, "named.txt", b"named", is_private="1"))["file_url"]
	answer = administrator.get("/api/method/download_file", params={"file_url": url})
	assert answer.text == "named"
	assert "named.txt" in answer.headers["Content-Disposition"]
	assert user.get("/api/method/download_file", params={"file_url": url}).status_code == 403


def test_uploaded_pages_are_not_run(administrator: Browser, guest: Browser) -> None:
	url = made(upload(administrator, "page.html", b"<script>1</script>"))["file_url"]
	assert guest.get(url).headers["Content-Disposition"].startswith("attachment")


def test_attach_file_as_base64_into_a_field(administrator: Browser) -> None:
	sent = {"filename": "b.txt", "filedata": "aGVsbG8=", "decode_base64": 1, "docfield": "city"}
	file = made(
		administrator.call("frappe.client.attach_file", doctype="Tiny Customer", docname="Acme", **sent)
	)
	assert (file["file_size"], file["folder"]) == (5, "Home/Attachments")
	assert frappe.db.get_value("Tiny Customer", "Acme", "city") == file["file_url"]


@pytest.fixture
def asset_folder() -> Any:
	folder = Path(tinyapp.__file__).parent / "public"
	names = ("board-4f2a9c1e.js", "plain.js", "small.css")
	for name in names:
		(folder / name).write_text("let x = 1;\n" * (1 if name == "small.css" else 500))
	yield folder
	for name in names:
		(folder / name).unlink()


def test_assets_are_cached_for_ever_when_their_name_has_a_hash(guest: Browser, asset_folder: Path) -> None:
	hashed = guest.get("/assets/tinyapp/board-4f2a9c1e.js")
	assert "immutable" in hashed.headers["Cache-Control"]
	assert "javascript" in hashed.headers["Content-Type"]
	plain = guest.get("/assets/tinyapp/plain.js")
	assert plain.headers["Cache-Control"] == "no-cache"
	again = guest.get("/assets/tinyapp/plain.js", headers={"If-None-Match": plain.headers["ETag"]})
	assert again.status_code == 304
	assert guest.get("/assets/tinyapp/none.js").status_code == 404
	assert guest.get("/assets/noapp/none.js").status_code == 404


def test_text_assets_are_compressed(guest: Browser, asset_folder: Path) -> None:
	packed = guest.get("/assets/tinyapp/plain.js", headers={"Accept-Encoding": "gzip"}, stream=True)
	assert packed.headers["Content-Encoding"] == "gzip"
	assert gzip.decompress(packed.raw.read()) == (asset_folder / "plain.js").read_bytes()
	plain = guest.get("/assets/tinyapp/plain.js", headers={"Accept-Encoding": "identity"})
	assert "Content-Encoding" not in plain.headers
	small = guest.get("/assets/tinyapp/small.css", headers={"Accept-Encoding": "gzip"})
	assert "Content-Encoding" not in small.headers
