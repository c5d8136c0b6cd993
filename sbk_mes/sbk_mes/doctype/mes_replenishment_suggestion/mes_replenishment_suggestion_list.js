frappe.listview_settings["MES Replenishment Suggestion"] = {
	add_fields: ["status"],
	get_indicator(doc) {
		const colour = { Open: "orange", Converted: "green", Dismissed: "gray" };
		return [__(doc.status), colour[doc.status] || "gray", `status,=,${doc.status}`];
	},
	onload(listview) {
		if (!frappe.model.can_create("MES Work Order")) return;
		listview.page.add_inner_button(__("Convert to Work Order"), () => {
			const names = listview.get_checked_items(true);
			if (!names.length) {
				frappe.msgprint(__("Tick the suggestions to convert."));
				return;
			}
			sbk_mes.convert.suggestions(names, () => listview.refresh());
		});
	},
};
