frappe.ui.form.on("MES Warehouse", {
	refresh(frm) {
		if (frm.is_new()) return;
		frm.add_custom_button(__("Stock Balance"), () =>
			frappe.set_route("List", "MES Stock Balance", { warehouse: frm.doc.name })
		);
	},
});
