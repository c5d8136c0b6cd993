frappe.listview_settings["MES Item"] = {
	add_fields: ["disabled", "is_style", "supply"],
	get_indicator(doc) {
		if (doc.disabled) return [__("Disabled"), "gray", "disabled,=,1"];
		if (doc.is_style) return [__("Style"), "purple", "is_style,=,1"];
		const colour = { Make: "green", Buy: "blue", Outsource: "orange" };
		return [__(doc.supply), colour[doc.supply], `supply,=,${doc.supply}`];
	},
};
