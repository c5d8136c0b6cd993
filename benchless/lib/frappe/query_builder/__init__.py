"""`frappe.qb`: PyPika speaking to the site's database."""

from pypika import (
	AliasedQuery,
	Case,
	Criterion,
	CustomFunction,
	Database,
	DatePart,
	EmptyCriterion,
	Field,
	Interval,
	JoinType,
	NullValue,
	Order,
	Query,
	Schema,
	Table,
	Tables,
	Tuple,
)

from frappe.query_builder.builder import SQLite, get_query
from frappe.query_builder.terms import SubQuery
from frappe.query_builder.utils import Column, DocType, get_query_builder

__all__ = [
	"AliasedQuery",
	"Case",
	"Column",
	"Criterion",
	"CustomFunction",
	"Database",
	"DatePart",
	"DocType",
	"EmptyCriterion",
	"Field",
	"Interval",
	"JoinType",
	"NullValue",
	"Order",
	"Query",
	"SQLite",
	"Schema",
	"SubQuery",
	"Table",
	"Tables",
	"Tuple",
	"get_query",
	"get_query_builder",
]
