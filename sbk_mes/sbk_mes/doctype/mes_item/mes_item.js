frappe.ui.form.on("MES Item", {
	setup(frm) {
		frm.set_query("default_bom", () => ({ filters: { item: frm.doc.name, is_active: 1 } }));
		frm.set_query("default_routing", () => ({
			filters: { item: ["in", ["", frm.doc.name, frm.doc.style || ""]], is_active: 1 },
		}));
		frm.set_query("style", () => ({ filters: { is_style: 1, name: ["!=", frm.doc.name] } }));
		for (const field of ["source_warehouse", "fg_warehouse"]) {
			frm.set_query(field, () => ({ filters: { disabled: 0 } }));
		}
		frm.set_query("default_supplier", () => ({ filters: { disabled: 0 } }));
	},

	refresh(frm) {
		if (frm.is_new() || frm.doc.supply === "Buy" || !frappe.model.can_create("MES BOM")) return;
		frm.add_custom_button(__("BOM"), () => frappe.new_doc("MES BOM", { item: frm.doc.name }), __("Create"));
		frm.add_custom_button(__("Routing"), () => frappe.new_doc("MES Routing", { item: frm.doc.name }), __("Create"));
	},
});
