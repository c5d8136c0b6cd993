frappe.ui.form.on("MES Workshop", {
	setup(frm) {
		frm.set_query("calendar", () => ({ filters: { is_active: 1 } }));
		const kinds = { source_warehouse: ["Raw", "WIP"], wip_warehouse: ["WIP"], fg_warehouse: ["Finished", "WIP"] };
		for (const [field, kind] of Object.entries(kinds)) {
			frm.set_query(field, () => ({
				filters: { disabled: 0, kind: ["in", kind], workshop: ["in", ["", frm.doc.name]] },
			}));
		}
	},
});
