const SIDES = {
	Receipt: ["to_warehouse"],
	Issue: ["from_warehouse"],
	Transfer: ["from_warehouse", "to_warehouse"],
	Adjustment: ["from_warehouse", "to_warehouse"],
};

frappe.ui.form.on("MES Stock Entry", {
	setup(frm) {
		frm.set_query("item", "items", () => ({ filters: { disabled: 0, is_style: 0 } }));
		for (const side of ["from_warehouse", "to_warehouse"]) {
			frm.set_query(side, "items", () => ({ filters: { disabled: 0 } }));
		}
	},

	refresh(frm) {
		show_sides(frm);
		if (frm.doc.docstatus > 0) {
			frm.add_custom_button(__("Stock Ledger"), () =>
				frappe.set_route("List", "MES Stock Ledger Entry", { stock_entry: frm.doc.name })
			);
		}
	},

	purpose(frm) {
		show_sides(frm);
		for (const row of frm.doc.items || []) {
			for (const side of ["from_warehouse", "to_warehouse"]) {
				if (!SIDES[frm.doc.purpose].includes(side)) frappe.model.set_value(row.doctype, row.name, side, null);
			}
		}
	},
});

frappe.ui.form.on("MES Stock Entry Item", {
	async item(frm, cdt, cdn) {
		const row = locals[cdt][cdn];
		if (!row.item) return;
		const { message } = await frappe.db.get_value("MES Item", row.item, ["stock_uom", "source_warehouse", "standard_rate"]);
		frappe.model.set_value(cdt, cdn, "uom", message.stock_uom);
		if (!row.rate) frappe.model.set_value(cdt, cdn, "rate", message.standard_rate);
		const side = frm.doc.purpose === "Receipt" ? "to_warehouse" : "from_warehouse";
		if (!row[side] && message.source_warehouse) {
			frappe.model.set_value(cdt, cdn, side, message.source_warehouse);
		}
	},
});

function show_sides(frm) {
	const grid = frm.fields_dict.items.grid;
	for (const side of ["from_warehouse", "to_warehouse"]) {
		grid.toggle_enable(side, (SIDES[frm.doc.purpose] || []).includes(side));
	}
}
