frappe.listview_settings["MES Conversion"] = {
	add_fields: ["status", "failed_count", "done_count", "lines_count"],
	get_indicator(doc) {
		const colour = { Queued: "gray", Running: "blue", Completed: "green", Failed: "red" };
		if (doc.status === "Completed" && doc.failed_count) {
			return [__("Completed, lines refused"), "orange", "failed_count,>,0"];
		}
		return [__(doc.status), colour[doc.status] || "gray", `status,=,${doc.status}`];
	},
};
