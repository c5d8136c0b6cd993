frappe.ui.form.on("MES Settings", {
	setup(frm) {
		frm.set_query("default_calendar", () => ({ filters: { is_active: 1 } }));
		frm.set_query("default_warehouse", () => ({ filters: { disabled: 0 } }));
	},
});
