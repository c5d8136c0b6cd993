frappe.ui.form.on("MES Resource", {
	setup(frm) {
		frm.set_query("calendar", () => ({ filters: { is_active: 1 } }));
		frm.set_query("workshop", () => ({ filters: { is_active: 1 } }));
		frm.set_query("user", () => ({ filters: { enabled: 1, user_type: "System User" } }));
		frm.set_query("supplier", () => ({ filters: { disabled: 0 } }));
	},
});
