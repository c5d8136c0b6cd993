"""What print formats need beside the document."""

from sbk_mes.rules import barcode


def bar_code(text: str, height: int = 50, module: int = 2) -> str:
	"""The bar code of a text as an SVG; nothing where scanners cannot read the text."""
	try:
		return barcode.svg(text, height=height, module=module)
	except barcode.NotEncodable:
		return ""
