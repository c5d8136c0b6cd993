// What people of the floor, the store, quality and management do with a work order, each in one dialog.
frappe.provide("sbk_mes.floor");

// a scope of its own: the desk joins all scripts of a form into one
(() => {
	const RUNNING = ["Released", "Scheduled", "Dispatched", "Picking", "In Production", "Inspection", "Inbound"];
	const WORKING = ["Dispatched", "Picking", "In Production"];
	const JUDGING = ["In Production", "Inspection"];
	const RECEIVING = ["In Production", "Inspection", "Inbound"];
	const POST = "sbk_mes.api.shopfloor";
	const END = "sbk_mes.api.orders";
	const { cell, table } = sbk_mes.lines;

	// buttons: group, label, nodes in which they make sense, what a user must be able to create, what they open
	const ACTIONS = [
		[__("Floor"), __("Start Work"), WORKING, "MES Operation Report", (frm) => press(frm, "start")],
		[__("Floor"), __("Pause Work"), WORKING, "MES Operation Report", (frm) => press(frm, "pause")],
		[__("Floor"), __("Resume Work"), WORKING, "MES Operation Report", (frm) => press(frm, "resume")],
		[__("Floor"), __("Finish Work"), [...JUDGING, ...WORKING, "Inbound"], "MES Operation Report", (frm) => press(frm, "finish")],
		[__("Floor"), __("Report"), WORKING, "MES Operation Report", (frm) => report(frm)],
		[__("Store"), __("Pick"), WORKING, "MES Stock Entry", (frm) => pick(frm)],
		[__("Store"), __("Return Material"), [...RUNNING, "Frozen"], "MES Stock Entry", (frm) => return_material(frm)],
		[__("Store"), __("Receive"), RECEIVING, "MES Inbound", (frm) => receive(frm)],
		[__("Quality"), __("Inspect"), JUDGING, "MES Inspection", inspect],
	];
	const ENDINGS = [
		["Force Complete", RUNNING, (frm) => force_complete(frm)],
		["Close with Return", RUNNING, (frm) => close_with_return(frm)],
	];

	sbk_mes.floor.add_buttons = function (frm) {
		if (frm.doc.docstatus !== 1 || frm.doc.is_container) return;
		const node = frm.doc.workflow_state;
		for (const [group, label, nodes, doctype, open] of ACTIONS) {
			// verdicts are what a freeze may allow where the order stood
			const is_there = nodes.includes(node) || (open === inspect && node === "Frozen" && nodes.includes(frm.doc.frozen_from));
			if (is_there && frappe.model.can_create(doctype)) {
				frm.add_custom_button(label, () => open(frm), group);
			}
		}
		if (!frappe.user.has_role("MES Production Manager")) return;
		for (const [label, nodes, open] of ENDINGS) {
			if (nodes.includes(node)) frm.add_custom_button(__(label), () => open(frm), __("End"));
		}
	};

	// the workflow's own buttons of these arrows open the same dialogs
	sbk_mes.floor.ending = (action) => ENDINGS.find(([label]) => label === action)?.[2];

	// a dialog that posts once: a second press repeats the request, and the server knows it by its id
	function ask(frm, { title, fields, method, args = (values) => values, size, message }) {
		const request_id = frappe.utils.get_random(20);
		const dialog = new frappe.ui.Dialog({
			title: `${title}: ${frm.doc.name}`,
			size,
			fields,
			primary_action_label: title,
			async primary_action(values) {
				const sent = args(values, dialog);
				if (!sent) return;
				const answer = await frappe.xcall(method, { work_order: frm.doc.name, ...sent, request_id });
				dialog.hide();
				await frm.reload_doc();
				frappe.show_alert({ message: message ? message(answer) : __("Posted"), indicator: "green" });
			},
		});
		dialog.show();
		sbk_mes.lines.hold(dialog);
		sbk_mes.lines.without_ticks(dialog);
		return dialog;
	}

	const reportable = (frm) =>
		frappe.call({ method: `${POST}.reportable`, type: "GET", args: { work_order: frm.doc.name } }).then((answer) => answer.message);
	const qty = (value) => sbk_mes.work_order.qty(value);
	const float_field = (fieldname, label, more = {}) => ({ fieldname, fieldtype: "Float", label, non_negative: 1, ...more });
	const reason_field = (fieldname, label, purposes, more = {}) => ({
		fieldname,
		fieldtype: "Link",
		options: "MES Reason",
		label,
		get_query: () => ({ filters: { applies_to: ["in", purposes], disabled: 0 } }),
		...more,
	});
	const note_field = () => ({ fieldname: "note", fieldtype: "Small Text", label: __("Note") });
	const break_field = (label) => ({ fieldtype: "Section Break", label });
	const column_break = () => ({ fieldtype: "Column Break" });

	// the operation at which something waits comes first
	function operation_field(operations, chosen, on_change, counted = "waiting_qty") {
		const options = operations.map((row) => ({
			value: String(row.op_no),
			label: `${row.op_no} ${row.operation} (${qty(row[counted])})`,
		}));
		return {
			fieldname: "op_no",
			fieldtype: "Select",
			label: __("Operation"),
			reqd: 1,
			options,
			default: String((chosen || operations.find((row) => row.waiting_qty > 0) || operations[0]).op_no),
			onchange: on_change,
		};
	}

	async function press(frm, verb) {
		const { operations, running } = await reportable(frm);
		const title = { start: __("Start Work"), pause: __("Pause Work"), resume: __("Resume Work"), finish: __("Finish Work") }[verb];
		const mine = running.find((row) => row.operator === frappe.session.user);
		const chosen = mine && operations.find((row) => row.op_no === mine.op_no);
		ask(frm, { title, method: `${POST}.${verb}`, fields: [operation_field(operations, chosen)] });
	}

	async function report(frm) {
		const { operations } = await reportable(frm);
		const row_of = (dialog) => operations.find((row) => String(row.op_no) === dialog.get_value("op_no"));
		const suggest = () => {
			const row = row_of(dialog);
			dialog.set_value("good_qty", row.waiting_qty);
			const more = row.ready_at ? `; ${__("more from {0} on", [frappe.datetime.str_to_user(row.ready_at)])}` : "";
			dialog.set_df_property("good_qty", "description", __("At most {0}", [qty(row.limit_qty)]) + more);
		};
		const dialog = ask(frm, {
			title: __("Report"),
			method: `${POST}.report`,
			fields: [
				operation_field(operations, null, suggest),
				float_field("good_qty", __("Good")),
				{ fieldname: "is_from_rework", fieldtype: "Check", label: __("Out of open rework") },
				column_break(),
				float_field("scrap_qty", __("Scrap")),
				reason_field("scrap_reason", __("Scrap Reason"), ["Scrap"], { depends_on: "scrap_qty", mandatory_depends_on: "scrap_qty" }),
				float_field("rework_qty", __("Rework")),
				reason_field("rework_reason", __("Rework Reason"), ["Scrap"], { depends_on: "rework_qty", mandatory_depends_on: "rework_qty" }),
				break_field(__("Time")),
				float_field("labour_mins", __("Labour Minutes")),
				column_break(),
				float_field("machine_mins", __("Machine Minutes")),
				break_field(""),
				note_field(),
			],
			// a quantity left empty is none: only a report without the field takes all that waits
			args: (values) => ({ ...values, good_qty: values.good_qty || 0 }),
		});
		suggest();
	}

	async function inspect(frm) {
		const { operations } = await reportable(frm);
		const inspected = operations.filter((row) => row.is_inspected);
		if (!inspected.length) {
			frappe.msgprint(__("No operation of this order is inspected."));
			return;
		}
		const suggest = () => {
			const row = inspected.find(({ op_no }) => String(op_no) === dialog.get_value("op_no"));
			dialog.set_value("accepted", row.to_inspect_qty);
			dialog.set_df_property("accepted", "description", __("{0} wait for a verdict", [qty(row.to_inspect_qty)]));
		};
		const chosen = [...inspected].reverse().find((row) => row.to_inspect_qty > 0) || inspected[inspected.length - 1];
		const dialog = ask(frm, {
			title: __("Inspect"),
			method: `${POST}.inspect`,
			fields: [
				operation_field(inspected, chosen, suggest, "to_inspect_qty"),
				float_field("accepted", __("Accepted")),
				column_break(),
				float_field("rework", __("Rework")),
				reason_field("rework_reason", __("Rework Reason"), ["Scrap"], { depends_on: "rework", mandatory_depends_on: "rework" }),
				{ fieldname: "is_rework_here", fieldtype: "Check", label: __("Rework on this order"), depends_on: "rework" },
				float_field("scrap", __("Scrap")),
				reason_field("scrap_reason", __("Scrap Reason"), ["Scrap"], { depends_on: "scrap", mandatory_depends_on: "scrap" }),
				break_field(""),
				note_field(),
			],
		});
		suggest();
	}

	function receive(frm) {
		const open = (frm.doc.accepted_qty || 0) - (frm.doc.inbound_qty || 0);
		const besides = (frm.doc.by_products || []).map(({ item, planned_qty, received_qty }) => ({ item, planned_qty, received_qty }));
		ask(frm, {
			title: __("Receive"),
			method: `${POST}.inbound`,
			fields: [
				float_field("qty", __("Quantity"), { reqd: 1, default: open, description: __("{0} accepted and not received", [qty(open)]) }),
				{ fieldname: "warehouse", fieldtype: "Link", options: "MES Warehouse", label: __("Warehouse"), default: frm.doc.fg_warehouse },
				column_break(),
				{ fieldname: "lot", fieldtype: "Data", label: __("Lot") },
				{ fieldname: "expires_on", fieldtype: "Date", label: __("Expires On") },
				{ fieldname: "serials", fieldtype: "Small Text", label: __("Serial Numbers"), description: __("One per line.") },
				...(besides.length ? [break_field(__("By-Products")), by_products(besides)] : []),
				break_field(""),
				{ fieldname: "posted_on", fieldtype: "Date", label: __("Posting Date"), default: frappe.datetime.get_today() },
				note_field(),
			],
			args: ({ by_products: shown, ...values }) => {
				const named = besides.filter((row) => row.qty > 0).map(({ item, qty, lot }) => ({ item, qty, lot: lot || null }));
				return named.length ? { ...values, by_products: named } : values;
			},
		});
	}

	// empty quantities leave it to the server: in proportion to what is received
	const by_products = (data) => ({
		...table("by_products", data, [
			cell("item", "Data", __("Item"), 3),
			cell("planned_qty", "Float", __("Planned Quantity"), 2),
			cell("received_qty", "Float", __("Received Quantity"), 2),
			cell("qty", "Float", __("Quantity"), 1, { read_only: 0 }),
			cell("lot", "Data", __("Lot"), 2, { read_only: 0 }),
		]),
		description: __("Empty: in proportion to the quantity."),
	});

	async function pick(frm) {
		const { message } = await frappe.call({
			method: "sbk_mes.api.material.to_pick",
			type: "GET",
			args: { work_orders: frm.doc.name },
		});
		const data = message.lines;
		if (!data.length) {
			frappe.msgprint(__("Everything is picked."));
			return;
		}
		data.forEach((row) => (row.qty = row.available_qty));
		ask(frm, {
			title: __("Pick"),
			size: "extra-large",
			method: `${POST}.pick`,
			fields: [table("lines", data, [
				cell("item", "Data", __("Item"), 2),
				cell("warehouse", "Data", __("Warehouse"), 2),
				cell("open_qty", "Float", __("Open"), 1),
				cell("available_qty", "Float", __("Available"), 1),
				cell("qty", "Float", __("Pick"), 2, { read_only: 0 }),
				cell("lot", "Data", __("Lot"), 2, { read_only: 0 }),
			])],
			args: () => chosen_lines(data, (row) => ({ pick_list: row.pick_list, line: row.line, qty: row.qty, lot: row.lot || null }), "lines"),
		});
	}

	function return_material(frm) {
		const data = (frm.doc.materials || [])
			.map((row) => ({
				item: row.item,
				item_name: row.item_name,
				at_line: row.issued_qty - row.consumed_qty - row.returned_qty - row.scrapped_qty,
				qty: 0,
			}))
			.filter((row) => row.at_line > 0);
		if (!data.length) {
			frappe.msgprint(__("Nothing lies at the line."));
			return;
		}
		ask(frm, {
			title: __("Return Material"),
			size: "large",
			method: `${POST}.return_material`,
			fields: [table("rows", data, [
				cell("item", "Data", __("Item"), 3),
				cell("item_name", "Data", __("Item Name"), 3),
				cell("at_line", "Float", __("At the Line"), 2),
				cell("qty", "Float", __("Return"), 2, { read_only: 0 }),
			]), { fieldname: "reason", fieldtype: "Data", label: __("Reason") }],
			args: (values) => {
				const sent = chosen_lines(data, (row) => ({ item: row.item, qty: row.qty }), "rows");
				return sent && { ...sent, reason: values.reason };
			},
		});
	}

	function chosen_lines(data, as_line, fieldname) {
		const chosen = sbk_mes.lines.chosen(data);
		return chosen && { [fieldname]: chosen.map(as_line) };
	}

	const choice = (fieldname, label, options) => ({
		fieldname,
		fieldtype: "Select",
		label,
		options: [{ value: "", label: "" }, ...options],
	});
	const decision_fields = () => [
		reason_field("reason", __("Reason"), ["Cancel", "Override", "Other"], { reqd: 1 }),
		note_field(),
		column_break(),
		choice("wip", __("Pieces in process"), [{ value: "scrap", label: __("Scrap") }, { value: "stock", label: __("To stock") }]),
		{ fieldname: "wip_warehouse", fieldtype: "Link", options: "MES Warehouse", label: __("WIP Warehouse"), depends_on: "eval:doc.wip=='stock'", get_query: () => ({ filters: { kind: "WIP", disabled: 0 } }) },
		choice("undecided", __("Pieces without a verdict"), [{ value: "accept", label: __("Accept") }, { value: "scrap", label: __("Scrap") }]),
		choice("material", __("Material at the line"), [{ value: "return", label: __("Return") }, { value: "scrap", label: __("Scrap") }]),
		reason_field("scrap_reason", __("Scrap Reason"), ["Scrap"]),
	];

	function force_complete(frm) {
		ask(frm, {
			title: __("Force Complete"),
			size: "large",
			method: `${END}.force_complete`,
			fields: [
				...decision_fields(),
				{ fieldname: "stop_clocks", fieldtype: "Check", label: __("Stop running clocks") },
				{ fieldname: "receive", fieldtype: "Check", label: __("Receive what was accepted") },
			],
			message: (answer) => __("{0} given up", [qty(answer.short_closed_qty)]),
		});
	}

	// nothing is posted before its preview was seen: every change of a decision shows it anew
	function close_with_return(frm) {
		const look = frappe.utils.debounce(async () => {
			const { reason, note, ...decisions } = dialog.get_values(true);
			const args = { work_order: frm.doc.name, ...decisions, preview: 1 };
			const label_of = (field) => dialog.fields_dict[field]?.df.label;
			const as_html = (foreseen) => as_preview(foreseen, label_of);
			const foreseen = await sbk_mes.dialogs.foresee(dialog, { field: "preview", as_html, method: `${END}.close_with_return`, args });
			dialog.get_primary_btn().prop("disabled", !foreseen || Object.keys(foreseen.undecided).length > 0);
		}, 300);
		const fields = decision_fields().map((field) =>
			["Select", "Link"].includes(field.fieldtype) ? { ...field, onchange: look } : field
		);
		const dialog = ask(frm, {
			title: __("Close with Return"),
			size: "extra-large",
			method: `${END}.close_with_return`,
			fields: [...fields, break_field(__("What will be done")), { fieldname: "preview", fieldtype: "HTML" }],
			args: ({ preview, ...values }) => values,
			message: (answer) => `${answer.work_order}: ${__(answer.workflow_state)}`,
		});
		look();
	}

	function as_preview({ orders, undecided }, label_of) {
		const text = (value) => frappe.utils.escape_html(String(value ?? ""));
		const open = Object.entries(undecided).map(([what, why]) => {
			const [order, field] = what.split(": ");
			const told = [order, label_of(field), why].filter(Boolean); // what no field of the dialog decides has no label
			return `<li class="text-danger">${text(told.join(": "))}</li>`;
		});
		const rows = orders.map((order) => `<tr>
			<td class="text-nowrap">${text(order.work_order)}</td>
			<td>${text(__(order.was))} → ${text(__(order.ends_as))}</td>
			<td>${order.material_lines.map((line) => `${qty(line.qty)} ${text(line.item)} → ${text(line.warehouse)}`).join("<br>")}</td>
			<td class="text-right">${qty(order.kept_qty)}</td>
			<td class="text-right">${qty(order.in_process_qty)}</td>
			<td class="text-right">${qty(order.short_closed_qty)}</td>
		</tr>`);
		const heads = [__("Work Order"), __("State"), __("Returned Material"), __("Kept"), __("In process"), __("Given up")];
		return `${open.length ? `<ul>${open.join("")}</ul>` : ""}<div class="table-responsive"><table class="table table-sm">
			<thead><tr>${heads.map((head) => `<th>${head}</th>`).join("")}</tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
	}
})();
