"""A plan as a picture: one SVG, or a page around it that shows what is under the pointer."""

from __future__ import annotations

from html import escape
from pathlib import Path

from sbk_mes.scheduler import Assignment, Problem, Result

LEFT, TOP, LANE, WIDTH = 120, 46, 26, 1200
HUES = 137  # degrees from one order's colour to the next: far apart, and the same for the same list of orders


def svg(problem: Problem, result: Result) -> str:
	"""Resources as lanes, runs coloured by order, setups hatched, closed time grey."""
	places = result.schedule.assignments
	end = max((each.end for each in places), default=0) or 1
	resources = [each for each in problem.resources if each.kind != "pool"]
	height = TOP + LANE * len(resources) + 30
	scale = (WIDTH - LEFT - 20) / end
	hue = {order.id: at * HUES % 360 for at, order in enumerate(problem.orders)}
	lane = {each.id: TOP + LANE * at for at, each in enumerate(resources)}
	parts = [
		f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
		' font-family="sans-serif" font-size="11">',
		'<defs><pattern id="setup" width="4" height="4" patternUnits="userSpaceOnUse">'
		'<path d="M0 4L4 0" stroke="#555" stroke-width="0.8"/></pattern></defs>',
		f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
		f'<text x="{LEFT}" y="20" font-size="13">{escape(_title(result))}</text>',
	]
	for resource in resources:
		top = lane[resource.id]
		parts.append(f'<text x="{LEFT - 8}" y="{top + 16}" text-anchor="end">{escape(resource.id)}</text>')
		at = 0
		for span in (*(resource.open or ()), None) if resource.open is not None else ():
			until = min(span.start, end) if span else end
			if until > at:
				parts.append(_rect(LEFT + at * scale, top + 1, (until - at) * scale, "#e8e8e8", ""))
			at = span.end if span else end
		parts.append(f'<path d="M{LEFT} {top + LANE}H{WIDTH - 20}" stroke="#ddd"/>')
	for place in sorted(places, key=lambda each: each.start):
		if place.resource in lane:
			parts += _run(problem, place, lane[place.resource], scale, hue)
	step = _step(end)
	for minute in range(0, end + 1, step):
		x = LEFT + minute * scale
		parts.append(f'<path d="M{x:.1f} {TOP - 4}V{height - 24}" stroke="#bbb" stroke-dasharray="2 3"/>')
		parts.append(f'<text x="{x:.1f}" y="{height - 10}" text-anchor="middle">{minute}</text>')
	return "\n".join([*parts, "</svg>"])


def page(problem: Problem, result: Result, title: str) -> str:
	"""An HTML page of its own with the picture in it."""
	return (
		f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
		"<style>body{margin:16px;font-family:sans-serif}svg{width:100%;height:auto}"
		"rect:hover{stroke:#000;stroke-width:1.5}</style></head>"
		f"<body><h1>{escape(title)}</h1>{svg(problem, result)}</body></html>"
	)


def write_page(folder: str, title: str, problem: Problem, result: Result) -> None:
	"""A page in a folder that is made where it is missing, named after its title."""
	Path(folder).mkdir(parents=True, exist_ok=True)
	name = title.replace("/", "-").replace(" ", "-")
	(Path(folder) / f"{name}.html").write_text(page(problem, result, title), encoding="utf-8")


def _run(problem: Problem, place: Assignment, top: int, scale: float, hue: dict[str, int]) -> list[str]:
	operation = problem.operation[place.operation]
	x, width = LEFT + place.start * scale, max((place.end - place.start) * scale, 0.5)
	text = f"{operation.id} of {operation.order}, {place.start} to {place.end}"
	parts = []
	if place.setup_mins:
		wide = place.setup_mins * scale
		parts.append(_rect(x - wide, top + 5, wide, "url(#setup)", f"setup {place.setup_mins} min"))
	parts.append(_rect(x, top + 3, width, f"hsl({hue[operation.order]} 60% 68%)", text))
	if width > 7 * len(operation.id):
		parts.append(
			f'<text x="{x + width / 2:.1f}" y="{top + 17}" text-anchor="middle" pointer-events="none">'
			f"{escape(operation.id)}</text>"
		)
	return parts


def _rect(x: float, y: float, width: float, fill: str, title: str) -> str:
	return (
		f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{LANE - 6}" fill="{fill}">'
		f"<title>{escape(title)}</title></rect>"
	)


def _step(end: int) -> int:
	"""Round minutes between marks, about ten of them."""
	step = 1
	while end / step > 12:
		step *= 5 if str(step)[0] == "2" else 2
	return step


def _title(result: Result) -> str:
	measures = result.measures
	return (
		f"{result.status.value}, total {measures.total} (bound {result.bound}), "
		f"makespan {measures.makespan}, "
		f"weighted tardiness {measures.weighted_tardiness}, changeover {measures.changeover_mins} min"
	)
