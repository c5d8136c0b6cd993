frappe.ui.form.on("MES Routing", {
	setup(frm) {
		frm.set_query("item", () => ({ filters: { disabled: 0, supply: ["!=", "Buy"] } }));
		for (const table of ["operations", "alternatives"]) {
			frm.set_query("resource", table, () => ({ filters: { is_active: 1 } }));
		}
	},
});

frappe.ui.form.on("MES Routing Operation", {
	// a new row continues the numbering in tens
	operations_add(frm, cdt, cdn) {
		const highest = Math.max(0, ...frm.doc.operations.map((row) => row.op_no || 0));
		frappe.model.set_value(cdt, cdn, "op_no", (Math.floor(highest / 10) + 1) * 10);
	},
});
