"""Named errors. A class without `http_status_code` is answered with 500.

ValidationError (417) is the root of everything a user can mend; NameError, PermissionError and the
login errors stand beside it. Several names shadow builtins, as they do in Frappe.
"""

from typing import Any

from werkzeug.exceptions import NotFound


class SiteNotSpecifiedError(Exception):
	def __init__(self, message: str = "Please specify a site") -> None:
		self.message = message
		super().__init__(message)


class UrlSchemeNotSupported(Exception):
	pass


class ValidationError(Exception):
	http_status_code = 417


class FrappeTypeError(TypeError):
	http_status_code = 417


class AuthenticationError(Exception):
	http_status_code = 401


class SessionExpired(Exception):
	http_status_code = 401


class PermissionError(Exception):
	http_status_code = 403


class DoesNotExistError(ValidationError):
	http_status_code = 404

	def __init__(self, *args: Any, doctype: str | None = None) -> None:
		super().__init__(*args)
		self.doctype = doctype


class PageDoesNotExistError(ValidationError):
	http_status_code = 404


class NameError(Exception):
	http_status_code = 409


class DuplicateEntryError(NameError):
	pass


class OutgoingEmailError(Exception):
	http_status_code = 501


class SessionStopped(Exception):
	http_status_code = 503


class SessionBootFailed(ValidationError):
	http_status_code = 500


class InReadOnlyMode(ValidationError):
	http_status_code = 503


class UnsupportedMediaType(Exception):
	http_status_code = 415


class TooManyRequestsError(Exception):
	http_status_code = 429


class RateLimitExceededError(ValidationError):
	http_status_code = 429


class Redirect(Exception):
	def __init__(self, http_status_code: int = 301) -> None:
		self.http_status_code = http_status_code
		super().__init__()


class CSRFTokenError(Exception):
	http_status_code = 400


class InvalidAuthorizationHeader(CSRFTokenError):
	pass


class InvalidAuthorizationPrefix(CSRFTokenError):
	pass


class InvalidAuthorizationToken(CSRFTokenError):
	pass


class LinkExpired(ValidationError):
	http_status_code = 410


class InvalidKeyError(ValidationError):
	http_status_code = 401


class ImproperDBConfigurationError(Exception):
	pass


class SecurityException(Exception):
	pass


class TooManyWritesError(Exception):
	pass


class RetryBackgroundJobError(Exception):
	pass


class QueryDeadlockError(Exception):
	pass


class QueryTimeoutError(Exception):
	pass


class CommandFailedError(Exception):
	pass


class IncorrectSitePath(NotFound):
	pass


class FileAlreadyAttachedException(Exception):
	pass


class DataError(ValidationError):
	pass


class InvalidStatusError(ValidationError):
	pass


class MandatoryError(ValidationError):
	pass


class NonNegativeError(ValidationError):
	pass


class CannotChangeConstantError(ValidationError):
	pass


class CharacterLengthExceededError(ValidationError):
	pass


class UpdateAfterSubmitError(ValidationError):
	pass


class LinkValidationError(ValidationError):
	pass


class CancelledLinkError(LinkValidationError):
	pass


class DocstatusTransitionError(ValidationError):
	pass


class TimestampMismatchError(ValidationError):
	pass


class EmptyTableError(ValidationError):
	pass


class LinkExistsError(ValidationError):
	pass


class InvalidEmailAddressError(ValidationError):
	pass


class InvalidNameError(ValidationError):
	pass


class InvalidPhoneNumberError(ValidationError):
	pass


class TemplateNotFoundError(ValidationError):
	pass


class UniqueValidationError(ValidationError):
	pass


class AppNotInstalledError(ValidationError):
	pass


class ImplicitCommitError(ValidationError):
	pass


class DocumentLockedError(ValidationError):
	pass


class CircularLinkingError(ValidationError):
	pass


class InvalidDates(ValidationError):
	pass


class DataTooLongException(ValidationError):
	pass


class DocumentAlreadyRestored(ValidationError):
	pass


class AttachmentLimitReached(ValidationError):
	pass


class InvalidColumnName(ValidationError):
	pass


class InvalidSignatureError(ValidationError):
	pass


class MappingMismatchError(ValidationError):
	pass


class PrintFormatError(ValidationError):
	pass
