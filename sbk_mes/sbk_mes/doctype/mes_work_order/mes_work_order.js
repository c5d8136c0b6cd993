const EVENTS_SHOWN = 20;
const TREE_ROWS = 200;

frappe.ui.form.on("MES Work Order", {
	setup(frm) {
		const open_warehouse = () => ({ filters: { disabled: 0 } });
		const queries = {
			item: () => ({ filters: { disabled: 0, is_style: 0, supply: ["!=", "Buy"] } }),
			bom: () => ({ filters: { item: frm.doc.item, is_active: 1 } }),
			routing: () => ({ filters: { item: ["in", ["", frm.doc.item]], is_active: 1 } }),
			workshop: () => ({ filters: { is_active: 1 } }),
			source_warehouse: open_warehouse,
			wip_warehouse: open_warehouse,
			fg_warehouse: open_warehouse,
			customer: () => ({ filters: { disabled: 0 } }),
			project: () => ({ filters: { status: "Open" } }),
			freeze_reason: () => ({ filters: { applies_to: "Freeze", disabled: 0 } }),
		};
		Object.entries(queries).forEach(([field, query]) => frm.set_query(field, query));
		frm.set_query("resource", "operations", () => ({ filters: { is_active: 1 } }));
		frm.set_query("item", "materials", () => ({ filters: { disabled: 0, is_style: 0 } }));
		frm.set_query("source_warehouse", "materials", open_warehouse);
	},

	refresh(frm) {
		if (frm.is_new()) return;
		show_what_holds_it(frm);
		show_progress(frm);
		show_tree(frm);
		show_events(frm);
		sbk_mes.floor.add_buttons(frm);
		show_frozen_parts(frm);
		const { workflow_state, docstatus } = frm.doc;
		// a phone shows no breadcrumbs: the number stands beside the item
		frm.page.set_title(`${frm.doc.name} · ${frm.doc.item_name || frm.doc.item}`);
		frm.page.set_indicator(__(workflow_state), sbk_mes.work_order.colour(workflow_state));
		if (docstatus === 1 && sbk_mes.work_order.is_open(frm.doc) && frappe.model.can_create("MES Change Order")) {
			frm.add_custom_button(__("Change Order"), () =>
				frappe.new_doc("MES Change Order", { work_order: frm.doc.name }), __("Create"));
		}
	},

	// these arrows ask something first; their endpoint stores the answer and follows the arrow itself
	before_workflow_action(frm) {
		const action = frm.selected_workflow_action;
		const question = QUESTIONS[action];
		const ending = sbk_mes.floor.ending(action);
		if (!question && !ending) return;
		frappe.dom.unfreeze();
		if (ending) ending(frm);
		else ask(frm, action, question);
		return new Promise(() => {});
	},
});

const with_children = () => ({
	fieldname: "with_children",
	fieldtype: "Check",
	label: __("With its open sub-orders"),
});

const only_for = (scope) => ({
	depends_on: `eval:doc.scope=='${scope}'`,
	mandatory_depends_on: `eval:doc.scope=='${scope}'`,
});

const QUESTIONS = {
	Freeze: {
		method: "sbk_mes.api.orders.freeze",
		fields: (frm) => [
			{
				fieldname: "scope",
				fieldtype: "Select",
				label: __("Scope"),
				reqd: 1,
				default: "Order",
				options: ["Order", "Operation", "Lot"].map((value) => ({ value, label: __(value) })),
			},
			{
				fieldname: "op_no",
				fieldtype: "Select",
				label: __("Operation"),
				options: (frm.doc.operations || []).map((row) => ({ value: row.op_no, label: `${row.op_no} ${row.operation}` })),
				...only_for("Operation"),
			},
			{ fieldname: "lot", fieldtype: "Data", label: __("Lot"), default: frm.doc.name, ...only_for("Lot") },
			{
				fieldname: "reason",
				fieldtype: "Link",
				options: "MES Reason",
				reqd: 1,
				label: __("Freeze Reason"),
				get_query: () => ({ filters: { applies_to: "Freeze", disabled: 0 } }),
			},
			{ fieldname: "note", fieldtype: "Small Text", label: __("Freeze Note") },
			{ fieldname: "responsible", fieldtype: "Link", options: "User", label: __("Responsible"), default: frappe.session.user },
			{ fieldname: "review_at", fieldtype: "Datetime", label: __("Review At") },
			{ ...with_children(), depends_on: "eval:doc.scope=='Order'" },
		],
		args: ({ scope, op_no, lot, with_children: with_them, ...values }) => ({
			...values,
			...(scope === "Operation" && { op_no }),
			...(scope === "Lot" && { lot }),
			...(scope === "Order" && { with_children: with_them || 0 }),
		}),
	},
	Unfreeze: {
		method: "sbk_mes.api.orders.unfreeze",
		fields: () => [
			{ fieldname: "resolution", fieldtype: "Small Text", reqd: 1, label: __("Unfreeze Resolution") },
		],
	},
	Cancel: { method: "sbk_mes.api.orders.cancel", fields: () => [with_children()] },
};

function ask(frm, action, { method, fields, args = (values) => values }) {
	const dialog = new frappe.ui.Dialog({
		title: `${__(action)}: ${frm.doc.name}`,
		fields: fields(frm),
		primary_action_label: __(action),
		async primary_action(values) {
			await frappe.xcall(method, { work_order: frm.doc.name, ...args(values) });
			dialog.hide();
			frm.reload_doc();
		},
	});
	dialog.show();
}

function show_what_holds_it(frm) {
	const { workflow_state, frozen_by, frozen_at, freeze_reason, freeze_note, has_shortage, shortage_note } = frm.doc;
	if (frm.doc.is_container) {
		frm.set_intro(__("This order is split: its parts are planned, made and reported on their own."), "blue");
	} else if (workflow_state === "Frozen") {
		const who = frappe.user.full_name(frozen_by);
		const why = [freeze_reason, freeze_note].filter(Boolean).join(": ");
		frm.set_intro(
			__("Frozen by {0} on {1}: {2}", [who, frappe.datetime.str_to_user(frozen_at), frappe.utils.escape_html(why)]),
			"red"
		);
	} else if (has_shortage) {
		frm.set_intro(__("Material is short: {0}", [frappe.utils.escape_html(shortage_note || "")]), "orange");
	}
}

// operations and lots that are frozen while the order goes on, with the way to let them go on, too
async function show_frozen_parts(frm) {
	if (!frm.doc.frozen_parts) return;
	const freezes = await frappe.call({ method: "sbk_mes.api.orders.freezes", type: "GET", args: { work_order: frm.doc.name } });
	const parts = freezes.message.filter((freeze) => freeze.scope !== "Order");
	if (!parts.length || frm.doc.name !== cur_frm?.doc.name) return;
	const text = (value) => frappe.utils.escape_html(String(value ?? ""));
	const what = (freeze) => (freeze.scope === "Lot" ? __("Lot {0}", [freeze.lot]) : __("Operation {0}", [freeze.op_no]));
	if (frm.doc.workflow_state !== "Frozen") {
		const lines = parts.map((freeze) => `${text(what(freeze))}: ${__("Frozen by {0} on {1}: {2}", [
			text(frappe.user.full_name(freeze.frozen_by)),
			frappe.datetime.str_to_user(freeze.frozen_at),
			text([freeze.reason, freeze.note].filter(Boolean).join(": ")),
		])}`);
		frm.set_intro(lines.join("<br>"), "orange");
	}
	const rows = parts.map((freeze) => `<tr>
		<td><a href="/app/mes-freeze/${encodeURIComponent(freeze.name)}">${text(what(freeze))}</a></td>
		<td>${text([freeze.reason, freeze.note].filter(Boolean).join(": "))}</td>
		<td>${text(frappe.user.full_name(freeze.frozen_by))}</td>
		<td>${frappe.datetime.str_to_user(freeze.frozen_at)}</td>
		<td>${freeze.review_at ? frappe.datetime.str_to_user(freeze.review_at) : ""}</td>
	</tr>`);
	const heads = [__("Frozen"), __("Reason"), __("Frozen By"), __("Frozen At"), __("Review At")];
	frm.dashboard.add_section(`<div class="table-responsive"><table class="table table-sm mb-2">
		<thead><tr>${heads.map((head) => `<th>${head}</th>`).join("")}</tr></thead><tbody>${rows.join("")}</tbody></table></div>`, __("Frozen Parts"));
	frm.dashboard.show();
	if (!["MES Dispatcher", "MES Quality Inspector", "MES Production Manager"].some((role) => frappe.user.has_role(role))) return;
	const part = {
		fieldname: "part",
		fieldtype: "Select",
		label: __("Frozen"),
		reqd: 1,
		default: parts[0].name,
		options: parts.map((freeze) => ({ value: freeze.name, label: `${what(freeze)}: ${freeze.reason}` })),
	};
	const question = {
		method: "sbk_mes.api.orders.unfreeze",
		fields: () => [part, ...QUESTIONS.Unfreeze.fields()],
		args: ({ part: chosen, resolution }) => {
			const { op_no, lot } = parts.find((freeze) => freeze.name === chosen);
			return { resolution, ...(op_no && { op_no }), ...(lot && { lot }) };
		},
	};
	frm.add_custom_button(__("Unfreeze"), () => ask(frm, "Unfreeze", question), __("Quality"));
}

function show_progress(frm) {
	const { planned_qty, good_qty, inbound_qty, scrap_qty, docstatus } = frm.doc;
	if (docstatus !== 1 || !planned_qty) return;
	const percent = (qty) => Math.min(100, (100 * (qty || 0)) / planned_qty);
	frm.dashboard.add_progress(__("Progress"), [
		{ title: __("Received"), width: `${percent(inbound_qty)}%`, progress_class: "progress-bar-success" },
		{ title: __("Made"), width: `${percent(good_qty - inbound_qty)}%`, progress_class: "progress-bar-info" },
		{ title: __("Scrap"), width: `${percent(scrap_qty)}%`, progress_class: "progress-bar-danger" },
	], __("{0} of {1} made, {2} received, {3} scrap", [good_qty, planned_qty, inbound_qty, scrap_qty].map(sbk_mes.work_order.qty)));
}

async function show_tree(frm) {
	const root = frm.doc.root_work_order || frm.doc.name;
	const orders = await frappe.db.get_list("MES Work Order", {
		or_filters: { name: root, root_work_order: root },
		fields: ["name", "item", "item_name", "planned_qty", "workflow_state", "due_at", "parent_work_order"],
		order_by: "level asc, name asc",
		limit: TREE_ROWS,
	});
	const children = orders.filter((order) => order.name !== root);
	if (!children.length || frm.doc.name !== cur_frm?.doc.name) return;
	const below = (parent) => children.filter((order) => order.parent_work_order === parent);
	const branch = (order) => `<li>${tree_row(order, frm.doc.name)}${list(below(order.name).map(branch))}</li>`;
	const list = (rows) => (rows.length ? `<ul>${rows.join("")}</ul>` : "");
	const top = orders.find((order) => order.name === root);
	const html = top ? list([branch(top)]) : list(below(root).map(branch));
	frm.dashboard.add_section(html, __("Order Tree"));
	frm.dashboard.show();
}

function tree_row(order, current) {
	const text = (value) => frappe.utils.escape_html(String(value ?? ""));
	const name = order.name === current ? `<b>${text(order.name)}</b>` : frappe.utils.get_form_link("MES Work Order", order.name, true);
	return `${name} ${text(order.item_name || order.item)} × ${sbk_mes.work_order.qty(order.planned_qty)}
		<span class="indicator-pill ${sbk_mes.work_order.colour(order.workflow_state)}">${text(__(order.workflow_state))}</span>
		<span class="text-muted">${order.due_at ? frappe.datetime.str_to_user(order.due_at) : ""}</span>`;
}

async function show_events(frm) {
	const { message } = await frappe.call({
		method: "sbk_mes.api.board.events",
		type: "GET",
		args: { filters: { work_order: frm.doc.name }, page_length: EVENTS_SHOWN },
	});
	if (!message.rows.length || frm.doc.name !== cur_frm?.doc.name) return;
	const rows = message.rows.map((event) => event_row(event, message.names)).join("");
	const all = message.next_start
		? `<a href="/app/mes-event?work_order=${encodeURIComponent(frm.doc.name)}">${__("All events")}</a>`
		: "";
	const table = `<div class="table-responsive"><table class="table table-sm mb-2"><tbody>${rows}</tbody></table></div>`;
	frm.dashboard.add_section(`${table}${all}`, __("Events"));
	frm.dashboard.show();
}

function event_row(event, names) {
	const text = (value) => frappe.utils.escape_html(String(value ?? ""));
	return `<tr>
		<td class="text-muted">${text(event.seq)}</td>
		<td class="text-nowrap">${frappe.datetime.str_to_user(event.occurred_at)}</td>
		<td class="text-nowrap">${text(event.title)}</td>
		<td>${text(frappe.user.full_name(event.actor))}</td>
		<td>${event.qty ? sbk_mes.work_order.qty(event.qty) : ""}</td>
		<td class="text-muted">${text(changes(event, names))}</td>
	</tr>`;
}

// "field: before → after" for what differs, "field: after" for what was not there before
function changes(event, names) {
	const parse = (side) => (typeof side === "string" ? JSON.parse(side || "{}") : side) || {};
	const before = parse(event.before);
	const after = parse(event.after);
	return Object.keys({ ...before, ...after })
		.filter((field) => !field.endsWith("_hash"))
		.map((field) => [names[field], ...[before, after].map((side) => (NAMED.includes(field) ? __(side[field]) : shown(side[field])))])
		.filter(([, was, is]) => was !== is && !(was === "" && is === "0"))
		.map(([name, was, is]) => `${name}: ${was ? `${was} → ${is || "–"}` : is}`)
		.join(", ");
}

// states, actions and choices, which the reader knows in their own language
const NAMED = [
	...["state", "was", "ends_as", "frozen_from", "change_state", "status", "settlement"],
	...["action", "kind", "scope", "mode", "alert", "undecided", "wip", "material"],
];
const MOMENT = /^\d{4}-\d\d-\d\d \d\d:\d\d/;

// rows with fields of their own stand in the event itself, not in this line
function shown(value) {
	if (Array.isArray(value)) return value.map(shown).filter(Boolean).join(" ");
	if (value === null || value === undefined || typeof value === "object") return "";
	return MOMENT.test(value) ? frappe.datetime.str_to_user(String(value).split(".")[0]) : String(value);
}
