frappe.ui.form.on("MES Changeover", {
	setup(frm) {
		frm.set_query("resource", () => ({
			filters: frm.doc.workshop ? { is_active: 1, workshop: frm.doc.workshop } : { is_active: 1 },
		}));
	},
});
