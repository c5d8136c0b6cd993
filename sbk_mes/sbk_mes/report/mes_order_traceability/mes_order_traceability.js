frappe.query_reports["MES Order Traceability"] = {
	initial_depth: 5,
	filters: [
		{ fieldname: "direction", fieldtype: "Select", options: [{ value: "Made of", label: __("Made of") }, { value: "Went into", label: __("Went into") }], default: "Made of", reqd: 1, label: __("Direction") },
		{ fieldname: "work_order", fieldtype: "Link", options: "MES Work Order", label: __("Work Order") },
		{ fieldname: "lot", fieldtype: "Data", label: __("Lot") },
		{ fieldname: "item", fieldtype: "Link", options: "MES Item", label: __("Item") },
	],
};
