frappe.listview_settings["MES Pick List"] = {
	add_fields: ["status", "needed_at"],
	get_indicator(doc) {
		const colour = { Draft: "gray", Open: "blue", "Partly Picked": "orange", Picked: "green", Canceled: "red" };
		return [__(doc.status), colour[doc.status] || "gray", `status,=,${doc.status}`];
	},
};
