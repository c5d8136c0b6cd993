frappe.listview_settings["MES BOM"] = {
	add_fields: ["is_active", "is_default"],
	get_indicator(doc) {
		if (doc.is_default) return [__("Default"), "green", "is_default,=,1"];
		return doc.is_active ? [__("Active"), "blue", "is_active,=,1"] : [__("Inactive"), "gray", "is_active,=,0"];
	},
};
