frappe.ui.form.on("MES Replenishment Suggestion", {
	setup(frm) {
		frm.set_query("item", () => ({ filters: { disabled: 0, is_style: 0, supply: "Make" } }));
	},

	refresh(frm) {
		if (frm.is_new() || frm.doc.status !== "Open") return;
		if (frappe.model.can_create("MES Work Order")) {
			frm.add_custom_button(__("Convert to Work Order"), () =>
				sbk_mes.convert.suggestions([frm.doc.name], () => frm.reload_doc())
			).addClass("btn-primary");
		}
		if (frm.perm[0] && frm.perm[0].write) {
			frm.add_custom_button(__("Dismiss"), () =>
				frappe.prompt(
					{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
					(values) => frm.call("dismiss", values).then(() => frm.reload_doc()),
					__("Dismiss")
				)
			);
		}
	},
});
