"""Proofs by CP-SAT. Importing this loads OR-Tools, so only `solve` does, when it runs."""

from sbk_mes.scheduler.exact.model import Found, improve

__all__ = ["Found", "improve"]
