frappe.listview_settings["MES Change Order"] = {
	add_fields: ["workflow_state"],
	has_indicator_for_draft: 1,
	has_indicator_for_cancelled: 1,
	get_indicator(doc) {
		const colour = { Draft: "gray", Submitted: "orange", Approved: "green", Applied: "green", Rejected: "red", Stale: "purple" };
		return [__(doc.workflow_state), colour[doc.workflow_state] || "gray", `workflow_state,=,${doc.workflow_state}`];
	},
};
