frappe.listview_settings["MES Campaign"] = {
	add_fields: ["status"],
	hide_name_column: false,
	get_indicator(doc) {
		const colours = { Draft: "gray", Released: "blue", Started: "orange", Completed: "green", Cancelled: "red" };
		return [__(doc.status), colours[doc.status], `status,=,${doc.status}`];
	},
	onload(list) {
		if (sbk_mes.campaign.may_make()) {
			list.page.add_inner_button(__("Suggest"), () => sbk_mes.campaign.suggest(() => list.refresh()));
		}
	},
};
