"""Scheduling benchmarks: `python -m benchmarks.scheduling static --help`."""

from __future__ import annotations

import argparse

from benchmarks.scheduling import static


def main() -> None:
	parser = argparse.ArgumentParser(prog="python -m benchmarks.scheduling", description=__doc__)
	kinds = parser.add_subparsers(required=True)
	classic = kinds.add_parser("static", help="classic instances beside PyJobShop")
	static.add_arguments(classic)
	classic.set_defaults(run=static.run)
	arguments = parser.parse_args()
	arguments.run(arguments)


if __name__ == "__main__":
	main()
