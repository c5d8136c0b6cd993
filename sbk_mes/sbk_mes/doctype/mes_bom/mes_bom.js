frappe.ui.form.on("MES BOM", {
	setup(frm) {
		frm.set_query("item", () => ({ filters: { disabled: 0, supply: ["!=", "Buy"] } }));
		frm.set_query("routing", () => ({
			filters: { item: ["in", ["", frm.doc.item]], is_active: 1 },
		}));
		frm.set_query("item", "items", () => ({
			filters: { disabled: 0, is_style: 0, name: ["!=", frm.doc.item] },
		}));
		frm.set_query("sub_bom", "items", (doc, cdt, cdn) => ({
			filters: { item: locals[cdt][cdn].item, is_active: 1 },
		}));
		frm.set_query("source_warehouse", "items", () => ({ filters: { disabled: 0 } }));
	},
});

frappe.ui.form.on("MES BOM Item", {
	async item(frm, cdt, cdn) {
		const row = locals[cdt][cdn];
		if (!row.item) return;
		const { message } = await frappe.db.get_value("MES Item", row.item, "stock_uom");
		frappe.model.set_value(cdt, cdn, "uom", message.stock_uom);
	},
});
