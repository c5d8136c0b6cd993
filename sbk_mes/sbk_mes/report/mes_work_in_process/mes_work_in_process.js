frappe.query_reports["MES Work in Process"] = {
	filters: [
		{ fieldname: "workshop", fieldtype: "Link", options: "MES Workshop", label: __("Workshop") },
		{ fieldname: "item", fieldtype: "Link", options: "MES Item", label: __("Item") },
		{ fieldname: "customer", fieldtype: "Link", options: "MES Customer", label: __("Customer") },
		{ fieldname: "order_type", fieldtype: "Select", options: ["", "MTO", "MTS", "ETO", "Trial", "Rework"], label: __("Order Type") },
		{ fieldname: "with_trial_and_rework", fieldtype: "Check", default: 1, label: __("With trials and rework") },
	],
};
