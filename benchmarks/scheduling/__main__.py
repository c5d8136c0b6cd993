"""Scheduling benchmarks: `python -m benchmarks.scheduling static --help`."""

from __future__ import annotations

import argparse

from benchmarks.scheduling import large, rush, static


def main() -> None:
	parser = argparse.ArgumentParser(prog="python -m benchmarks.scheduling", description=__doc__)
	kinds = parser.add_subparsers(required=True)
	classic = kinds.add_parser("static", help="classic instances beside PyJobShop")
	static.add_arguments(classic)
	classic.set_defaults(run=static.run)
	events = kinds.add_parser("rush", help="a VIP order arrives in the middle of a plan")
	rush.add_arguments(events)
	events.set_defaults(run=rush.run)
	plants = kinds.add_parser("plants", help="plants with changeovers, up to 50,000 operations")
	large.add_arguments(plants)
	plants.set_defaults(run=large.run)
	arguments = parser.parse_args()
	arguments.run(arguments)


if __name__ == "__main__":
	main()
