frappe.ui.form.on("MES Sales Order", {
	setup(frm) {
		frm.set_query("item", "items", () => ({ filters: { disabled: 0, is_style: 0 } }));
		frm.set_query("bom", "items", (doc, cdt, cdn) => ({
			filters: { item: locals[cdt][cdn].item, is_active: 1 },
		}));
		frm.set_query("routing", "items", (doc, cdt, cdn) => ({
			filters: { item: ["in", ["", locals[cdt][cdn].item]], is_active: 1 },
		}));
		frm.set_query("customer", () => ({ filters: { disabled: 0 } }));
		frm.set_query("project", () => ({ filters: { status: "Open" } }));
	},

	refresh(frm) {
		if (frm.doc.docstatus !== 1) return;
		const may_submit = frm.perm[0] && frm.perm[0].submit;
		if (frm.doc.status === "Open" && frappe.model.can_create("MES Work Order")) {
			frm.add_custom_button(__("Convert to Work Order"), () =>
				sbk_mes.convert.sales_orders([frm.doc.name], () => frm.reload_doc())
			).addClass("btn-primary");
		}
		sbk_mes.ship.add_button(frm);
		if (!may_submit) return;
		const moves = {
			Open: [["hold", __("Hold"), true], ["close", __("Close Order"), true]],
			"On Hold": [["resume", __("Resume"), false], ["close", __("Close Order"), true]],
			Closed: [["reopen", __("Reopen"), false]],
		};
		for (const [method, label, asks] of moves[frm.doc.status] || []) {
			frm.add_custom_button(label, () => move(frm, method, label, asks), __("Status"));
		}
	},
});

function move(frm, method, label, asks_reason) {
	const call = (args) => frm.call(method, args).then(() => frm.reload_doc());
	if (!asks_reason) return call();
	return frappe.prompt(
		{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
		(values) => call(values),
		label
	);
}
