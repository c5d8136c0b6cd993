frappe.listview_settings["MES Stock Balance"] = {
	add_fields: ["on_hand_qty", "reserved_qty"],
	get_indicator(doc) {
		if (!doc.on_hand_qty) return [__("Empty"), "gray", "on_hand_qty,=,0"];
		return doc.reserved_qty >= doc.on_hand_qty
			? [__("All reserved"), "orange", "reserved_qty,>,0"]
			: [__("Available"), "green", "on_hand_qty,>,0"];
	},
};
