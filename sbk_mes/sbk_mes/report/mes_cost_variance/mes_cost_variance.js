frappe.query_reports["MES Cost Variance"] = {
	filters: [
		{ fieldname: "from_date", fieldtype: "Date", default: frappe.datetime.month_start(), label: __("From Date") },
		{ fieldname: "to_date", fieldtype: "Date", default: frappe.datetime.get_today(), label: __("To Date") },
		{ fieldname: "item", fieldtype: "Link", options: "MES Item", label: __("Item") },
		{ fieldname: "customer", fieldtype: "Link", options: "MES Customer", label: __("Customer") },
		{ fieldname: "project", fieldtype: "Link", options: "MES Project", label: __("Project") },
		{ fieldname: "order_type", fieldtype: "Select", options: ["", "MTO", "MTS", "ETO", "Trial", "Rework"], label: __("Order Type") },
		{ fieldname: "with_trial_and_rework", fieldtype: "Check", label: __("With trials and rework") },
	],
};
