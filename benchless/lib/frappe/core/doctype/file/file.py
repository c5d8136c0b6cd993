import base64
import contextlib
import hashlib
import os
import re
import shutil
from typing import Any
from urllib.parse import unquote

from werkzeug.security import safe_join

import frappe
from frappe import _
from frappe.core.doctype.file.exceptions import FolderNotEmpty, MaxFileSizeReachedError
from frappe.model.document import Document
from frappe.utils import cint, cstr

_DEFAULT_MAX_SIZE = 25 * 1024 * 1024
_REMOTE = ("http://", "https://")


class File(Document):
	"""A file under `sites/<site>/{public,private}/files`, an address elsewhere, or a folder.

	Documents with the same content and privacy share one file on disk, which goes with the last of them.
	"""

	attached_to_doctype: str | None
	attached_to_name: str | None
	content: str | bytes
	content_hash: str | None
	file_name: str
	file_size: int
	file_type: str | None
	file_url: str | None
	folder: str | None
	is_private: int

	@property
	def is_remote_file(self) -> bool:
		return cstr(self.file_url).startswith(_REMOTE)

	def autoname(self) -> None:
		if self.is_folder:
			self.name = "/".join(part for part in (self.folder, self.file_name) if part)
		else:
			self.name = frappe.generate_hash(length=10)

	def before_insert(self) -> None:
		self.set_folder_name()
		self.set_file_name()
		if self.is_folder:
			return
		if self.get("content"):
			self.save_file(self.content, decode=self.get("decode"))
		elif not self.is_remote_file:
			self.adopt_file_on_disk()

	def validate(self) -> None:
		if self.is_folder:
			return
		self.validate_attachment_limit()
		self.set_is_private()
		self.set_file_type()
		if not self.is_new():
			self.handle_is_private_changed()

	def after_insert(self) -> None:
		self.add_comment_in_reference_doc("Attachment", self._added_text())

	def on_trash(self) -> None:
		if self.is_home_folder or self.is_attachments_folder:
			frappe.throw(_("Cannot delete Home and Attachments folders"))
		if self.is_folder:
			if frappe.db.exists("File", {"folder": self.name}):
				frappe.throw(_("Folder {0} is not empty").format(self.name), FolderNotEmpty)
			return
		frappe.db.after_commit.add(lambda: _remove_unused(self.file_url))
		self.add_comment_in_reference_doc("Attachment Removed", _("Removed {0}").format(self.file_name))

	def set_folder_name(self) -> None:
		"""Attachments lie in `Home/Attachments`, everything else in `Home`, unless a folder is named."""
		if not self.folder and not self.is_home_folder:
			self.folder = "Home/Attachments" if self.attached_to_doctype else "Home"

	def set_file_name(self) -> None:
		"""The name without folders; from the address where none is given."""
		if not self.file_name and not self.file_url:
			frappe.throw(
				_("Fields `file_name` or `file_url` must be set for File"), exc=frappe.MandatoryError
			)
		if not self.file_name:
			self.file_name = unquote(cstr(self.file_url).split("/")[-1])
		if not self.is_folder:
			self.file_name = re.sub(r"[/\\\x00]", "", cstr(self.file_name))

	def adopt_file_on_disk(self) -> None:
		"""`file_url` names a file that is there and that the user may see; its size and hash are taken."""
		url = cstr(self.file_url)
		if url and not url.startswith(("/files/", "/private/files/")):
			frappe.throw(_("URL must start with http:// or https://"), title=_("Invalid URL"))
		path = _path_of(url)
		if not path or not os.path.isfile(path):
			frappe.throw(_("File {0} does not exist").format(url), OSError)
		if url.startswith("/private/") and not _may_read_some(url):
			raise frappe.PermissionError
		with open(path, "rb") as file:
			content = file.read()
		self.content_hash, self.file_size = get_content_hash(content), len(content)

	def set_is_private(self) -> None:
		if self.file_url and not self.is_remote_file and self.is_new():
			self.is_private = cint(cstr(self.file_url).startswith("/private"))

	def set_file_type(self) -> None:
		extension = os.path.splitext(cstr(self.file_name))[1]
		self.file_type = extension[1:].upper() or None

	def validate_attachment_limit(self) -> None:
		if not (self.is_new() and self.attached_to_doctype and self.attached_to_name):
			return
		limit = cint(frappe.get_meta(self.attached_to_doctype).max_attachments)
		if limit and limit <= frappe.db.count(
			"File",
			{"attached_to_doctype": self.attached_to_doctype, "attached_to_name": self.attached_to_name},
		):
			frappe.throw(
				_("Maximum Attachment Limit of {0} has been reached for {1} {2}.").format(
					frappe.bold(limit), self.attached_to_doctype, self.attached_to_name
				),
				exc=frappe.AttachmentLimitReached,
				title=_("Attachment Limit Reached"),
			)

	def handle_is_private_changed(self) -> None:
		"""The file moved between the public and the private folder with its address."""
		if self.is_remote_file or cint(cstr(self.file_url).startswith("/private")) == cint(self.is_private):
			return
		source = self.get_full_path()
		name = os.path.basename(cstr(self.file_url))
		old_url, self.file_url = self.file_url, _url_of(name, cint(self.is_private))
		target = self.get_full_path()
		if os.path.exists(target):
			frappe.throw(_("A file with same name {} already exists").format(name))
		shutil.move(source, target)
		frappe.db.after_rollback.add(lambda: shutil.move(target, source))
		frappe.db.set_value(
			"File", {"file_url": old_url}, {"file_url": self.file_url, "is_private": self.is_private}
		)

	def save_file(
		self,
		content: str | bytes,
		decode: bool | None = False,
		ignore_existing_file_check: bool = False,
		overwrite: bool = False,
	) -> None:
		"""The content is on disk; an equal file already there is shared."""
		content = _as_bytes(content, decode)
		_check_size(content)
		self.file_size = len(content)
		self.content_hash = get_content_hash(content)
		shared = None if ignore_existing_file_check else self._equal_file()
		if shared:
			self.file_url = shared
			return
		name = cstr(self.file_name)
		if not overwrite and _is_on_disk(_url_of(name, cint(self.is_private))):
			stem, extension = os.path.splitext(name)
			name = f"{stem}{self.content_hash[-6:]}{extension}"
		self.file_name = name
		self.file_url = _url_of(name, cint(self.is_private))
		self.write_file(content)

	def write_file(self, content: bytes) -> str:
		"""The bytes are at `get_full_path()`, and gone again if the transaction is."""
		path = self.get_full_path()
		os.makedirs(os.path.dirname(path), exist_ok=True)
		with open(path, "wb") as file:
			file.write(content)
		frappe.db.after_rollback.add(lambda: _remove_quietly(path))
		return path

	def _equal_file(self) -> str | None:
		rows = frappe.get_all(
			"File",
			filters={"content_hash": self.content_hash, "is_private": cint(self.is_private)},
			pluck="file_url",
			order_by="creation asc",
		)
		return next((url for url in rows if _is_on_disk(url)), None)

	def exists_on_disk(self) -> bool:
		return _is_on_disk(self.file_url)

	def get_full_path(self) -> str:
		"""Where the file lies. A ValidationError for addresses elsewhere."""
		path = _path_of(self.file_url)
		if not path:
			frappe.throw(_("There is some problem with the file url: {0}").format(self.file_url))
		return path

	def get_content(self) -> str | bytes:
		"""Text where the bytes are UTF-8, else the bytes."""
		with open(self.get_full_path(), "rb") as file:
			content = file.read()
		try:
			return content.decode("utf-8")
		except UnicodeDecodeError:
			return content

	def get_extension(self) -> tuple[str, str]:
		return os.path.splitext(cstr(self.file_name))

	def is_downloadable(self) -> bool:
		"""Whether this user may read the file."""
		return has_permission(self, "read")

	def add_comment_in_reference_doc(self, comment_type: str, text: str) -> None:
		if not (self.attached_to_doctype and self.attached_to_name):
			return
		if frappe.db.exists(self.attached_to_doctype, self.attached_to_name):
			frappe.get_doc(self.attached_to_doctype, self.attached_to_name).add_comment(comment_type, text)

	def _added_text(self) -> str:
		lock = ' <i class="fa fa-lock text-warning"></i>' if self.is_private else ""
		link = frappe.utils.escape_html(cstr(self.file_url))
		return _("Added {0}").format(
			f'<a href="{link}" target="_blank">{frappe.utils.escape_html(cstr(self.file_name))}</a>{lock}'
		)


def get_content_hash(content: str | bytes) -> str:
	"""What tells equal contents: their MD5."""
	return hashlib.md5(
		content.encode() if isinstance(content, str) else content, usedforsecurity=False
	).hexdigest()


def has_permission(doc: Any, ptype: str | None = None, user: str | None = None, debug: bool = False) -> bool:
	"""Private files are for their owner and for whoever has the right on the document they hang on."""
	user = user or frappe.session.user
	if user == "Administrator" or ptype == "create":
		return True
	if not doc.is_private and ptype in (None, "read", "select"):
		return True
	if user != "Guest" and doc.owner == user:
		return True
	if doc.attached_to_doctype and doc.attached_to_name:
		needed = "write" if ptype in ("write", "delete") else "read"
		with contextlib.suppress(frappe.DoesNotExistError):
			attached = frappe.get_doc(doc.attached_to_doctype, doc.attached_to_name)
			return bool(attached.has_permission(needed, user=user))
	return False


def get_permission_query_conditions(user: str | None = None, doctype: str | None = None) -> str:
	"""Lists hide private files of others, but for those on documents of DocTypes the user may read."""
	user = user or frappe.session.user
	if user == "Administrator":
		return ""
	readable = [
		row
		for row in frappe.get_all(
			"File", filters={"is_private": 1}, pluck="attached_to_doctype", distinct=True
		)
		if row and frappe.has_permission(row, "read", user=user)
	]
	own = f"`tabFile`.`is_private` = 0 or `tabFile`.`owner` = {frappe.db.escape(user, percent=False)}"
	if not readable:
		return f"({own})"
	names = ", ".join(frappe.db.escape(name, percent=False) for name in readable)
	return f"({own} or `tabFile`.`attached_to_doctype` in ({names}))"


def _as_bytes(content: str | bytes, decode: bool | None) -> bytes:
	if not decode:
		return content.encode("utf-8") if isinstance(content, str) else content
	text = content.decode() if isinstance(content, bytes) else content
	return base64.b64decode(text.rpartition(",")[2])


def _check_size(content: bytes) -> None:
	allowed = cint(frappe.conf.get("max_file_size")) or _DEFAULT_MAX_SIZE
	if len(content) > allowed:
		frappe.throw(
			_("File size exceeded the maximum allowed size of {0} MB").format(allowed / 1048576),
			exc=MaxFileSizeReachedError,
		)


def _url_of(name: str, is_private: int) -> str:
	return f"{'/private' if is_private else ''}/files/{name}"


def _path_of(url: str | None) -> str | None:
	"""The path of a local address, None for any other and for one that leaves the files folder."""
	for folder, prefix in (("private", "/private/files/"), ("public", "/files/")):
		if url and url.startswith(prefix):
			return safe_join(os.path.abspath(frappe.get_site_path(folder, "files")), url[len(prefix) :])
	return None


def _is_on_disk(url: str | None) -> bool:
	path = _path_of(url)
	return bool(path and os.path.exists(path))


def _may_read_some(url: str) -> bool:
	return any(
		has_permission(frappe.get_doc("File", name), "read")
		for name in frappe.get_all("File", filters={"file_url": url}, pluck="name", order_by="creation asc")
	)


def _remove_unused(url: str | None) -> None:
	path = _path_of(url)
	if path and not frappe.db.exists("File", {"file_url": url}):
		_remove_quietly(path)


def _remove_quietly(path: str) -> None:
	with contextlib.suppress(FileNotFoundError):
		os.remove(path)
