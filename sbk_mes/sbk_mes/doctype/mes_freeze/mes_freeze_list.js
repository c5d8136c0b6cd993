frappe.listview_settings["MES Freeze"] = {
	add_fields: ["status", "review_at"],
	get_indicator(doc) {
		if (doc.status === "Resolved") return [__("Resolved"), "green", "status,=,Resolved"];
		return doc.review_at && doc.review_at <= frappe.datetime.now_datetime()
			? [__("Review overdue"), "red", "status,=,Active"]
			: [__("Active"), "orange", "status,=,Active"];
	},
};
