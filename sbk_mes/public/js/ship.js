// Shipping what lies ready for the lines of a sales order, in one dialog.
frappe.provide("sbk_mes.ship");

// a scope of its own: the desk joins all scripts of a form into one
(() => {
	const { cell, table } = sbk_mes.lines;

	sbk_mes.ship.add_button = function (frm) {
		const is_open = frm.doc.docstatus === 1 && frm.doc.status === "Open";
		if (is_open && frappe.model.can_create("MES Shipment")) {
			frm.add_custom_button(__("Ship"), () => ask(frm));
		}
	};

	async function ask(frm) {
		const { message: lines } = await frappe.call({
			method: "sbk_mes.api.demand.line_numbers",
			type: "GET",
			args: { sales_order: frm.doc.name },
		});
		const data = lines
			.filter((line) => line.shipped_qty < line.ordered_qty || line.available_qty > 0)
			.map((line) => ({
				line: line.line,
				row_no: line.idx,
				item: line.item,
				ordered: line.ordered_qty,
				shipped: line.shipped_qty,
				available: line.available_qty,
				qty: line.available_qty,
				// one id per line: a line that was posted is not posted again when another one was refused
				request_id: frappe.utils.get_random(20),
			}));
		if (!data.length) {
			frappe.msgprint(__("Everything on this sales order is shipped."));
			return;
		}
		const dialog = new frappe.ui.Dialog({
			title: `${__("Ship")}: ${frm.doc.name}`,
			size: "extra-large",
			fields: [
				table("lines", data, [
					cell("row_no", "Int", __("Row"), 1),
					cell("item", "Data", __("Item"), 2),
					cell("ordered", "Float", __("Ordered"), 1),
					cell("shipped", "Float", __("Shipped"), 1),
					cell("available", "Float", __("Available"), 1),
					cell("qty", "Float", __("Ship"), 1, { read_only: 0 }),
					cell("warehouse", "Link", __("Warehouse"), 2, { read_only: 0, options: "MES Warehouse" }),
					cell("lot", "Data", __("Lot"), 1, { read_only: 0 }),
				]),
				{ fieldtype: "Section Break" },
				{ fieldname: "posted_on", fieldtype: "Date", label: __("Posting Date"), default: frappe.datetime.get_today() },
				{ fieldtype: "Column Break" },
				{ fieldname: "note", fieldtype: "Small Text", label: __("Note") },
			],
			primary_action_label: __("Ship"),
			primary_action: (values) => post(frm, dialog, data, values),
		});
		dialog.show();
		sbk_mes.lines.hold(dialog);
		sbk_mes.lines.without_ticks(dialog);
	}

	async function post(frm, dialog, data, values) {
		const chosen = sbk_mes.lines.chosen(data);
		if (!chosen) return;
		for (const row of chosen) {
			await frappe.xcall("sbk_mes.api.shopfloor.ship", {
				sales_order: frm.doc.name,
				line: row.line,
				qty: row.qty,
				warehouse: row.warehouse || null,
				lot: row.lot || null,
				posted_on: values.posted_on || null,
				note: values.note || null,
				request_id: row.request_id,
			});
		}
		dialog.hide();
		await frm.reload_doc();
		frappe.show_alert({ message: __("Posted"), indicator: "green" });
	}
})();
