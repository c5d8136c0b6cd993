// Splitting a work order: how it is cut is chosen, what each part would get is shown, then it is done once.
(() => {
	const API = "sbk_mes.api.orders";
	const NODES = ["Released", "Scheduled", "Dispatched", "Picking", "In Production"];
	const SPLITTERS = ["MES Planner", "MES Dispatcher", "MES Production Manager"];
	const UNDOERS = ["MES Planner", "MES Production Manager"];

	const qty = (value) => sbk_mes.work_order.qty(value);
	const text = (value) => frappe.utils.escape_html(String(value ?? ""));
	const has_role = (roles) => roles.some((role) => frappe.user.has_role(role));

	frappe.ui.form.on("MES Work Order", {
		refresh(frm) {
			if (frm.is_new() || frm.doc.docstatus !== 1) return;
			const was_split = frm.doc.is_container || (frm.doc.sub_orders || []).some((row) => row.work_order);
			if (NODES.includes(frm.doc.workflow_state) && !frm.doc.is_container && has_role(SPLITTERS)) {
				frm.add_custom_button(__("Split Order"), () => split(frm), __("Split"));
			}
			if (was_split && has_role(UNDOERS)) {
				frm.add_custom_button(__("Take Split Back"), () => undo(frm), __("Split"));
			}
		},
	});

	const ways = (is_planned) => [
		{ value: "count", label: __("Number of parts") },
		{ value: "lot", label: __("Largest lot") },
		{ value: "percent", label: __("Percent") },
		{ value: "machine", label: __("Machine capacity") },
		{ value: "shift", label: __("Shift capacity") },
		{ value: "resource", label: __("A part for each resource") },
		{ value: "list", label: __("List of parts") },
		...(is_planned ? [{ value: "lines", label: __("Planned break-down") }] : []),
	];
	const only = (...values) => `eval:${JSON.stringify(values)}.includes(doc.way)`;
	const cell = (fieldname, fieldtype, label, more = {}) => ({ fieldname, fieldtype, label, in_list_view: 1, ...more });

	// where parts leave: an order whose work has not begun can also be divided as a whole
	function places({ mode, operations }) {
		const waiting = operations.filter((row) => row.waiting_qty > 0).map((row) => ({
			value: String(row.op_no),
			label: `${row.op_no} ${row.operation} (${qty(row.waiting_qty)})`,
		}));
		return mode === "explode" ? [{ value: "", label: __("The whole order") }, ...waiting] : waiting;
	}

	async function split(frm) {
		const start = await frappe.call({ method: `${API}.splittable`, type: "GET", args: { work_order: frm.doc.name } });
		const options = start.message;
		const where = places(options);
		if (!where.length) {
			frappe.msgprint(__("Nothing waits at any operation that could leave the order."));
			return;
		}
		const request_id = frappe.utils.get_random(20);
		const parts = options.lines.length ? options.lines.map((row) => ({ ...row })) : [{ qty: 0 }, { qty: 0 }];
		let seen = null;
		const look = frappe.utils.debounce(async () => {
			seen = null;
			enable(false);
			const asked = arguments_of(dialog.get_values(true), parts);
			if (!asked) {
				dialog.fields_dict.preview.$wrapper.html(`<p class="text-muted">${__("Say how to cut the order; its parts are shown here.")}</p>`);
				return;
			}
			const args = { work_order: frm.doc.name, ...asked, preview: 1 };
			seen = await sbk_mes.dialogs.foresee(dialog, { field: "preview", as_html: as_preview, method: `${API}.split`, args });
			if (seen) enable(true);
		}, 500);
		const enable = (is_known) => {
			dialog.get_primary_btn().prop("disabled", !is_known);
			dialog.get_secondary_btn().prop("disabled", !is_known);
		};
		const watched = (field) => ({ ...field, onchange: look });
		const dialog = new frappe.ui.Dialog({
			title: `${__("Split Order")}: ${frm.doc.name}`,
			size: "large",
			fields: [
				watched({ fieldname: "way", fieldtype: "Select", label: __("Way to cut"), options: ways(options.lines.length), default: options.lines.length ? "lines" : "count", reqd: 1 }),
				watched({ fieldname: "op_no", fieldtype: "Select", label: __("Parts leave at"), options: where, default: where[0].value }),
				watched({ fieldname: "qty", fieldtype: "Float", label: __("Quantity that leaves"), depends_on: "op_no", non_negative: 1 }),
				{ fieldtype: "Column Break" },
				watched({ fieldname: "number", fieldtype: "Int", label: __("Number of parts"), depends_on: only("count"), default: 2 }),
				watched({ fieldname: "size", fieldtype: "Float", label: __("Largest lot"), depends_on: only("lot"), non_negative: 1 }),
				watched({ fieldname: "percents", fieldtype: "Data", label: __("Percent"), depends_on: only("percent"), description: __("For example 50, 30, 20") }),
				watched({ fieldname: "resource", fieldtype: "Link", options: "MES Resource", label: __("Resource"), depends_on: only("machine", "shift") }),
				watched({ fieldname: "resources", fieldtype: "MultiSelectList", label: __("Resources"), depends_on: only("resource"), get_data: (typed) => frappe.db.get_link_options("MES Resource", typed, { is_active: 1 }) }),
				{ fieldname: "reason", fieldtype: "Link", options: "MES Reason", label: __("Reason"), reqd: 1, get_query: () => ({ filters: { applies_to: ["in", ["Split", "Other"]], disabled: 0 } }) },
				{ fieldtype: "Section Break", depends_on: only("list") },
				{
					fieldname: "parts",
					fieldtype: "Table",
					label: __("Parts"),
					data: parts,
					get_data: () => parts,
					in_place_edit: true,
					fields: [
						cell("qty", "Float", __("Quantity"), { columns: 3, onchange: look }),
						cell("due_at", "Datetime", __("Due At"), { columns: 4 }),
						cell("resource", "Link", __("Resource"), { columns: 3, options: "MES Resource" }),
					],
				},
				{ fieldtype: "Section Break", label: __("What will be done") },
				{ fieldname: "preview", fieldtype: "HTML" },
				{ fieldname: "note", fieldtype: "Small Text", label: __("Note") },
			],
			primary_action_label: __("Split"),
			async primary_action(values) {
				const asked = arguments_of(values, parts);
				if (!asked || !seen) return;
				const { reason, note } = values;
				const args = { work_order: frm.doc.name, ...asked, reason, note, event_seq: seen.event_seq, request_id };
				const done = await frappe.xcall(`${API}.split`, sbk_mes.dialogs.given(args));
				dialog.hide();
				await frm.reload_doc();
				frappe.show_alert({ message: __("{0} parts made", [done.parts.length]), indicator: "green" });
			},
			secondary_action_label: __("Keep as Plan"),
			async secondary_action() {
				const planned = seen.parts.map((part) => ({ ...part, op_no: seen.op_no }));
				await frappe.xcall(`${API}.plan_split`, { work_order: frm.doc.name, parts: planned });
				dialog.hide();
				await frm.reload_doc();
			},
		});
		dialog.show();
		look();
	}

	// nothing yet, as long as the way lacks what it needs
	function arguments_of(values, parts) {
		const way = values.way;
		const own = {
			count: () => ({ number: values.number }),
			lot: () => ({ size: values.size || 0 }),
			percent: () => ({ percents: numbers(values.percents) }),
			machine: () => ({ resource: values.resource }),
			shift: () => ({ resource: values.resource }),
			resource: () => ({ resources: values.resources || [] }),
			list: () => ({ parts: parts.filter((row) => row.qty).map(({ qty, due_at, resource }) => ({ qty, due_at, resource })) }),
			lines: () => ({}),
		}[way]?.();
		const list = own && (own.percents || own.resources || own.parts);
		if (!own || (way === "count" && !(own.number > 0)) || (list && !list.length)) return null;
		return { way, ...own, op_no: Number(values.op_no) || null, qty: values.op_no && values.qty ? values.qty : null };
	}

	const numbers = (typed) => (typed || "").split(/[^0-9.]+/).filter(Boolean).map(Number);

	// rows that wrap: a phone shows the figures of a part below its quantity
	function as_preview({ parts, rest }) {
		const figure = (label, value) => `<div class="col-6 col-sm-3 mb-1"><div class="text-muted small">${label}</div>${value}</div>`;
		const rows = [...(rest ? [[__("Stays"), rest]] : []), ...parts.map((part, place) => [String(place + 1), part])];
		return rows.map(([title, part]) => {
			const lying = part.materials.filter((row) => row.at_line_qty || row.reserved_qty);
			const material = lying.map((row) => `${qty(row.at_line_qty)} + ${qty(row.reserved_qty)} ${text(row.item)}`);
			const demands = part.demands.map((row) => `${qty(row.qty)} ${text(row.sales_order || __(row.demand_type))}`);
			return `<div class="row border-top py-2 mx-0">
				${figure(text(title), `<b>${qty(part.qty)}</b>`)}
				${figure(__("Due At"), part.due_at ? frappe.datetime.str_to_user(part.due_at) : "")}
				${figure(__("At the line + reserved"), material.join("<br>") || "-")}
				${figure(__("For"), demands.join("<br>") || __("Stock"))}
			</div>`;
		}).join("");
	}

	function undo(frm) {
		const request_id = frappe.utils.get_random(20);
		frappe.confirm(__("Take the last split of {0} back? Its parts are canceled.", [frm.doc.name.bold()]), async () => {
			await frappe.xcall(`${API}.undo_split`, { work_order: frm.doc.name, request_id });
			await frm.reload_doc();
		});
	}
})();
