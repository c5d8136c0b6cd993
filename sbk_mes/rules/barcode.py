"""Code 128 as an SVG picture: what a traveller shows to a scanner."""

from html import escape

# bars and gaps of symbol 0 to 105 in modules, then the stop
_TABLE = (
	"212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 "
	"122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 "
	"322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 "
	"112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 "
	"331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 "
	"112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 "
	"124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 "
	"411311 113141 114131 311141 411131 211412 211214 211232 2331112"
)
WIDTHS = _TABLE.split()
START_B, STOP, MODULUS = 104, 106, 103
FIRST, LAST = " ", "~"
QUIET_MODULES = 10


class NotEncodable(ValueError):
	"""A text that code set B of Code 128 cannot show."""

	def __init__(self, text: str):
		super().__init__(f"{text!r} has characters that a bar code cannot show")
		self.text = text


def symbols(text: str) -> list[int]:
	"""Start, characters, check symbol and stop of a text in code set B.

	Raises
	------
	NotEncodable
		The text is empty or has a character outside printable ASCII.
	"""
	if not text or not all(FIRST <= letter <= LAST for letter in text):
		raise NotEncodable(text)
	values = [ord(letter) - ord(FIRST) for letter in text]
	check = (START_B + sum(place * value for place, value in enumerate(values, 1))) % MODULUS
	return [START_B, *values, check, STOP]


def svg(text: str, *, height: int = 50, module: int = 2) -> str:
	"""The bar code of a text with its quiet zones; `module` is the width of the thinnest bar in pixels."""
	bars = []
	at = QUIET_MODULES
	for symbol in symbols(text):
		for index, width in enumerate(map(int, WIDTHS[symbol])):
			if index % 2 == 0:
				bars.append(f"M{at} 0h{width}v1h-{width}z")
			at += width
	wide = at + QUIET_MODULES
	return (
		f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide * module}" height="{height}"'
		f' viewBox="0 0 {wide} 1" preserveAspectRatio="none" shape-rendering="crispEdges"'
		f' role="img" aria-label="{escape(text)}"><path d="{"".join(bars)}"/></svg>'
	)
