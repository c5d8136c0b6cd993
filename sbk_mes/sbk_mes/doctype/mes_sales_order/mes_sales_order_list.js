frappe.listview_settings["MES Sales Order"] = {
	add_fields: ["status", "docstatus"],
	has_indicator_for_draft: 1,
	get_indicator(doc) {
		const colour = { Draft: "gray", Open: "blue", "On Hold": "orange", Closed: "green", Cancelled: "red" };
		return [__(doc.status), colour[doc.status] || "gray", `status,=,${doc.status}`];
	},
	onload(listview) {
		if (!frappe.model.can_create("MES Work Order")) return;
		listview.page.add_inner_button(__("Convert to Work Order"), () => {
			const names = listview.get_checked_items(true);
			if (!names.length) {
				frappe.msgprint(__("Tick the sales orders to convert."));
				return;
			}
			sbk_mes.convert.sales_orders(names, () => listview.refresh());
		});
	},
};
