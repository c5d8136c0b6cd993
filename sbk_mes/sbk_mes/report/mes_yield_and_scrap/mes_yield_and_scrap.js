frappe.query_reports["MES Yield and Scrap"] = {
	filters: [
		{ fieldname: "group_by", fieldtype: "Select", options: ["Reason", "Item", "Operation", "Resource", "Operator"], default: "Reason", reqd: 1, label: __("Group By") },
		{ fieldname: "from_date", fieldtype: "Date", default: frappe.datetime.month_start(), label: __("From Date") },
		{ fieldname: "to_date", fieldtype: "Date", default: frappe.datetime.get_today(), label: __("To Date") },
		{ fieldname: "workshop", fieldtype: "Link", options: "MES Workshop", label: __("Workshop") },
		{ fieldname: "item", fieldtype: "Link", options: "MES Item", label: __("Item") },
		{ fieldname: "with_trial_and_rework", fieldtype: "Check", label: __("With trials and rework") },
	],
};
