// A posting is never edited: a mistake is taken back by a second posting, with the reason why.
(() => {
	const refresh = (frm) => {
		if (frm.doc.docstatus !== 1 || frm.doc.is_reversal || frm.doc.reversed_by) return;
		if (!frappe.model.can_create(frm.doctype)) return;
		frm.add_custom_button(__("Reverse"), () => reverse(frm));
	};

	function reverse(frm) {
		const request_id = frappe.utils.get_random(20);
		const dialog = new frappe.ui.Dialog({
			title: `${__("Reverse")}: ${frm.doc.name}`,
			fields: [{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 }],
			primary_action_label: __("Reverse"),
			async primary_action({ reason }) {
				const { posting } = await frappe.xcall("sbk_mes.api.shopfloor.reverse", {
					doctype: frm.doctype,
					name: frm.doc.name,
					reason,
					request_id,
				});
				dialog.hide();
				frappe.set_route("Form", posting.doctype, posting.name);
			},
		});
		dialog.show();
	}

	["MES Operation Report", "MES Inspection", "MES Inbound", "MES Shipment"].forEach((doctype) =>
		frappe.ui.form.on(doctype, { refresh })
	);
})();
