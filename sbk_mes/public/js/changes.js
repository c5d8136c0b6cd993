// Change orders: asked for from a work order, a BOM, a routing or a sales order; read as before, after, effect.
frappe.provide("sbk_mes.changes");

(() => {
	const API = "sbk_mes.api.changes";
	const CHANGEABLE = ["Released", "Scheduled", "Dispatched", "Picking", "In Production", "Inspection", "Inbound", "Frozen"];
	const POINTS = ["Remaining Quantity", "From Operation", "Next Sub Order", "Whole Order"];
	const ORDER_FIELDS = { Quantity: "planned_qty", Due: "due_at", BOM: "bom", Routing: "routing" };
	const VERSIONS = ["MES BOM", "MES Routing"];
	const ROW_FIELDS = {
		Material: ["qty_per", "item", "scrap_pct", "op_no", "source_warehouse"],
		Operation: ["run_mins", "setup_mins", "wait_mins", "resource", "op_no", "transfer_qty", "operation"],
		"Inspection Plan": ["inspection_required"],
		"By-Product": ["qty_per", "value_rule", "fixed_value", "further_cost", "warehouse"],
	};
	const OPERATIONS = ["MES Work Order Operation", "operations"];
	const TABLES = {
		Material: ["MES Work Order Material", "materials"],
		Operation: OPERATIONS,
		"Inspection Plan": OPERATIONS,
		"By-Product": ["MES Work Order By-Product", "by_products"],
	};
	// what is there already and would be too much: units in process, material at the line
	const DISPOSITIONS = {
		Quantity: [__("Units in Process Beyond It"), ["", "Split Off", "Scrap"]],
		Material: [__("Material at the line"), ["", "Return", "Scrap", "Keep"]],
	};
	const text = (value) => frappe.utils.escape_html(value === null || value === undefined || value === "" ? "-" : String(value));
	const number = (value) => format_number(value, null, null).replace(/[.,]0+$/, "");

	const table = (head, rows) =>
		`<div style="overflow-x:auto"><table class="table table-bordered table-sm" style="margin:0 0 var(--margin-sm)">
			<thead><tr>${head.map((label) => `<th>${label}</th>`).join("")}</tr></thead>
			<tbody>${rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("")}</tbody>
		</table></div>`;

	// the difference and what follows from it, as tables that scroll on a phone
	sbk_mes.changes.render = function (differences, derived) {
		if (!differences?.length) return `<p class="text-muted">${__("Nothing would differ yet.")}</p>`;
		const parts = [
			table(
				[__("Row"), __("Field"), __("Before"), __("After")],
				differences.map((row) => [text(row.row || __("Order")), text(__(row.label)), text(row.before), `<b>${text(row.after)}</b>`])
			),
		];
		const effect = derived || {};
		if (effect.materials?.length) {
			parts.push(
				table(
					[__("Material"), __("Required"), __("Issued"), __("To Pick"), __("To Return"), __("Scrap"), __("Short")],
					effect.materials.map((row) => [
						`${text(row.item)} <span class="text-muted">${row.op_no}</span>`,
						`${number(row.required_before)} → <b>${number(row.required_after)}</b> ${text(row.uom)}`,
						number(row.issued),
						number(row.to_pick),
						number(row.to_return),
						number(row.to_scrap),
						row.short ? `<span class="text-danger">${number(row.short)}</span>` : "0",
					])
				)
			);
		}
		if (effect.leaving?.length) {
			parts.push(
				table(
					[__("Leaves at Operation"), __("Quantity"), __("As")],
					effect.leaving.map((row) => [text(row.op_no), number(row.qty), text(__(row.as))])
				)
			);
		}
		const pair = (values, show) => `${show(values?.before)} → <b>${show(values?.after)}</b>`;
		const time = (value) => (value ? frappe.datetime.str_to_user(value) : "-");
		parts.push(
			table(
				[__("Minutes"), __("Planned Cost"), __("Planned End")],
				[[pair(effect.minutes, number), pair(effect.cost, (value) => format_currency(value)), pair(effect.finish, time)]]
			)
		);
		if (effect.uncovered?.length) {
			parts.push(
				table(
					[__("No Longer Covered"), __("Due"), __("Asked For"), __("Covered")],
					effect.uncovered.map((row) => [text(row.sales_order || row.customer), text(row.due_on), number(row.qty), `<b class="text-danger">${number(row.covered)}</b>`])
				)
			);
		}
		return parts.join("");
	};

	const reason_field = (purpose, more = {}) => ({
		fieldname: "reason",
		fieldtype: "Link",
		options: "MES Reason",
		label: __("Reason"),
		reqd: 1,
		get_query: () => ({ filters: { applies_to: purpose, disabled: 0, ...(more.filters || {}) } }),
		...more.field,
	});

	// the field that a change would write, as the order itself knows it, and what stands there now
	function changed_field(frm, { target, field, row_name }) {
		if (ORDER_FIELDS[target]) {
			const name = ORDER_FIELDS[target];
			return { df: frappe.meta.get_docfield("MES Work Order", name), now: frm.doc[name] };
		}
		const [doctype] = TABLES[target];
		const df = frappe.meta.get_docfield(doctype, field);
		return { df, now: rows_of(frm, target).find((row) => row.name === row_name)?.[field] };
	}

	const rows_of = (frm, target) => frm.doc[TABLES[target][1]] || [];

	// one change of a running order: chosen, seen as a difference, then asked for
	sbk_mes.changes.ask = function (frm) {
		// an order without by-products has none to change
		const targets = [...Object.keys(ORDER_FIELDS), ...Object.keys(ROW_FIELDS).filter((target) => rows_of(frm, target).length)];
		const row_options = (target) =>
			rows_of(frm, target).map((row) => ({ value: row.name, label: `${row.op_no || ""} ${row.operation || row.item}`.trim() }));
		const field_options = (target) =>
			ROW_FIELDS[target].map((field) => ({ value: field, label: __(changed_field(frm, { target, field }).df.label) }));
		const line = ({ target, field, row_name, after, disposition }) => ({
			target,
			action: "Change",
			field: ORDER_FIELDS[target] || field,
			row_name: ORDER_FIELDS[target] ? "" : row_name,
			after,
			disposition: DISPOSITIONS[target] ? disposition : "",
		});
		const look = frappe.utils.debounce(() => {
			const values = dialog.get_values(true);
			const { effect_from, from_op_no } = values;
			const is_whole = "after" in values && (ORDER_FIELDS[values.target] || (values.field && values.row_name));
			if (!is_whole || String(values.after) === String(changed_field(frm, values).now ?? "")) {
				dialog.fields_dict.effect.$wrapper.html(sbk_mes.changes.render([]));
				return;
			}
			sbk_mes.dialogs.foresee(dialog, {
				field: "effect",
				as_html: ({ differences, derived }) => sbk_mes.changes.render(differences, derived),
				method: `${API}.preview`,
				args: { work_order: frm.doc.name, lines: [line(values)], effect_from, from_op_no },
			});
		}, 400);
		// the new value is entered as the field of the order is
		const renew_value = () => {
			const { df, now } = changed_field(frm, dialog.get_values(true));
			const yes_no = [{ value: "1", label: __("Yes") }, { value: "0", label: __("No") }];
			const is_flag = df.fieldtype === "Check";
			dialog.replace_field("after", {
				fieldtype: is_flag ? "Select" : df.fieldtype,
				options: is_flag ? yes_no : df.options,
				label: __("New Value"),
				reqd: 1,
				default: is_flag ? String(now || 0) : now,
				description: __("Now: {0}", [is_flag ? (now ? __("Yes") : __("No")) : frappe.format(now, df, { inline: true })]),
				get_query: VERSIONS.includes(df.options) ? () => ({ filters: { item: ["in", ["", frm.doc.item]], is_active: 1 } }) : undefined,
				onchange: look,
			});
			look();
		};
		const retarget = () => {
			const target = dialog.get_value("target");
			const is_row = !ORDER_FIELDS[target];
			for (const name of ["row_name", "field"]) dialog.set_df_property(name, "hidden", is_row ? 0 : 1);
			const [label, ways] = DISPOSITIONS[target] || [];
			dialog.set_df_property("disposition", "hidden", ways ? 0 : 1);
			if (ways) {
				dialog.set_df_property("disposition", "label", label);
				dialog.set_df_property("disposition", "options", ways);
			}
			if (is_row) {
				dialog.set_df_property("row_name", "options", row_options(target));
				dialog.set_df_property("field", "options", field_options(target));
				dialog.fields_dict.row_name.set_input(row_options(target)[0]?.value);
				dialog.fields_dict.field.set_input(ROW_FIELDS[target][0]);
			}
			renew_value();
		};
		const dialog = new frappe.ui.Dialog({
			title: __("Change {0}", [frm.doc.name]),
			size: "large",
			fields: [
				{ fieldname: "target", fieldtype: "Select", label: __("What"), options: targets, default: "Quantity", onchange: retarget },
				{ fieldname: "row_name", fieldtype: "Select", label: __("Row"), hidden: 1, onchange: renew_value },
				{ fieldname: "field", fieldtype: "Select", label: __("Field"), hidden: 1, onchange: renew_value },
				{ fieldname: "after", fieldtype: "Data", label: __("New Value"), reqd: 1 },
				{ fieldname: "disposition", fieldtype: "Select", label: __("Units in Process Beyond It"), onchange: look },
				reason_field("Scrap", { field: { fieldname: "scrap_reason", label: __("Scrap Reason"), reqd: 0, depends_on: 'eval:doc.target == "Quantity" && doc.disposition == "Scrap"' } }),
				{ fieldtype: "Column Break" },
				{ fieldname: "effect_from", fieldtype: "Select", label: __("Holds From"), options: POINTS, default: POINTS[0], onchange: look },
				{ fieldname: "from_op_no", fieldtype: "Int", label: __("From Operation"), depends_on: 'eval:doc.effect_from == "From Operation"', onchange: look },
				reason_field("Change"),
				{ fieldname: "note", fieldtype: "Small Text", label: __("Note") },
				{ fieldtype: "Section Break", label: __("Before, After, Effect") },
				{ fieldname: "effect", fieldtype: "HTML" },
			],
			primary_action_label: __("Ask for Approval"),
			async primary_action(values) {
				const change = await frappe.xcall("frappe.client.insert", {
					doc: {
						doctype: "MES Change Order",
						work_order: frm.doc.name,
						reason: values.reason,
						scrap_reason: values.scrap_reason,
						note: values.note,
						effect_from: values.effect_from,
						from_op_no: values.from_op_no,
						lines: [line(values)],
					},
				});
				dialog.hide();
				const submitted = frappe.xcall("frappe.model.workflow.apply_workflow", { doc: change, action: "Submit for Approval" });
				await submitted.finally(() => frappe.set_route("Form", "MES Change Order", change.name));
			},
		});
		dialog.show();
		retarget();
	};

	// an order at work is frozen while its plan changes, and goes on afterwards
	sbk_mes.changes.apply = async function (frm) {
		const { message: order } = await frappe.db.get_value("MES Work Order", frm.doc.work_order, ["workflow_state", "coarse_state"]);
		const send = async (freeze_reason) => {
			await frappe.xcall(`${API}.apply`, { change_order: frm.doc.name, freeze_reason });
			frm.reload_doc();
			frappe.show_alert({ message: __("The change is the plan of {0} now", [frm.doc.work_order]), indicator: "green" });
		};
		if (order.workflow_state === "Frozen" || order.coarse_state === "SCHEDULED") {
			frappe.confirm(__("Apply this change to {0}?", [frm.doc.work_order]), () => send());
			return;
		}
		frappe.prompt(
			reason_field("Freeze", { filters: { freeze_kind: "Change" }, field: { label: __("Freeze Meanwhile With Reason") } }),
			(values) => send(values.reason),
			__("{0} is at work", [frm.doc.work_order]),
			__("Freeze and Apply")
		);
	};

	// which open orders a BOM or a routing, or another version of it, touches; chosen ones get a change order
	sbk_mes.changes.affected = function (target, { name: version, item }) {
		let shown;
		const dialog = new frappe.ui.Dialog({
			title: __("Open Orders made to {0}", [version]),
			size: "large",
			fields: [
				{
					fieldname: "new_version",
					fieldtype: "Link",
					options: `MES ${target}`,
					label: __("New Version"),
					reqd: 1,
					default: version,
					get_query: () => ({ filters: { is_active: 1, ...(item && { item }) } }),
					onchange: show,
				},
				{ fieldname: "rows", fieldtype: "HTML" },
				reason_field("Change"),
			],
			primary_action_label: __("Raise Change Orders"),
			async primary_action(values) {
				const chosen = dialog.$wrapper.find("[data-order]:checked").map((_at, box) => box.dataset.order).get();
				if (!chosen.length) {
					frappe.show_alert({ message: __("Tick the orders that should follow"), indicator: "orange" });
					return;
				}
				const { rows: results } = await frappe.xcall(`${API}.raise_for`, { work_orders: chosen, target, version: values.new_version, reason: values.reason });
				dialog.hide();
				frappe.msgprint(
					results
						.map((row) => `${text(row.work_order)}: ${row.change_order ? `<a href="/app/mes-change-order/${encodeURIComponent(row.change_order)}">${text(row.change_order)}</a>` : text(row.message)}`)
						.join("<br>"),
					__("Change Orders")
				);
			},
		});

		async function show() {
			const new_version = dialog.get_value("new_version");
			if (!new_version || new_version === shown) return;
			shown = new_version;
			const answer = await frappe.call({ method: `${API}.affected`, type: "GET", args: { target, version, new_version } });
			if (shown === new_version) dialog.fields_dict.rows.$wrapper.html(affected_table(answer.message.rows));
		}

		dialog.show();
		show();
	};

	function affected_table(rows) {
		if (!rows.length) return `<p class="text-muted">${__("No open order would differ.")}</p>`;
		const list = rows.map((row) => {
			const box = row.message
				? `<span class="text-muted" title="${text(row.message)}">—</span>`
				: `<input type="checkbox" data-order="${text(row.work_order)}" aria-label="${text(row.work_order)}">`;
			const effect = row.message ? text(row.message) : `<details><summary>${__("{0} differences", [row.differences.length])}</summary>${sbk_mes.changes.render(row.differences, row.derived)}</details>`;
			return [box, text(row.work_order), __(row.workflow_state), `${number(row.good_qty)} / ${number(row.planned_qty)}`, effect];
		});
		return table(["", __("Work Order"), __("Stage"), __("Made"), __("Effect")], list);
	}

	// the customer asks for another quantity or day of a submitted line
	sbk_mes.changes.line = function (frm) {
		const row_of = (name) => frm.doc.items.find((row) => row.name === name);
		const dialog = new frappe.ui.Dialog({
			title: __("Change Line"),
			fields: [
				{
					fieldname: "line",
					fieldtype: "Select",
					label: __("Line"),
					reqd: 1,
					options: frm.doc.items.map((row) => ({ value: row.name, label: `${row.idx}. ${row.item}` })),
					default: frm.doc.items[0].name,
					onchange: () => {
						const row = row_of(dialog.get_value("line"));
						dialog.set_values({ qty: row.qty, due_on: row.due_on });
					},
				},
				{ fieldname: "qty", fieldtype: "Float", label: __("Quantity"), reqd: 1, default: frm.doc.items[0].qty },
				{ fieldname: "due_on", fieldtype: "Date", label: __("Due On"), default: frm.doc.items[0].due_on },
			],
			primary_action_label: __("Change Line"),
			async primary_action(values) {
				await frm.call("change_line", values);
				dialog.hide();
				frm.reload_doc();
			},
		});
		dialog.show();
	};

	frappe.ui.form.on("MES Work Order", {
		refresh(frm) {
			if (frm.doc.docstatus !== 1 || !CHANGEABLE.includes(frm.doc.workflow_state)) return;
			if (!frappe.model.can_create("MES Change Order")) return;
			frm.add_custom_button(__("Change Plan"), () => sbk_mes.changes.ask(frm), __("Change"));
		},
	});

	frappe.ui.form.on("MES Change Order", {
		refresh(frm) {
			const parsed = (value) => (typeof value === "string" ? JSON.parse(value || "null") : value);
			frm.fields_dict.effect_html.$wrapper.html(sbk_mes.changes.render(parsed(frm.doc.effect), parsed(frm.doc.derived)));
		},
		before_workflow_action(frm) {
			if (frm.selected_workflow_action !== "Apply") return undefined;
			// the workflow's own button opens the same question
			frappe.dom.unfreeze();
			sbk_mes.changes.apply(frm);
			return new Promise(() => {});
		},
	});

	for (const target of ["BOM", "Routing"]) {
		frappe.ui.form.on(`MES ${target}`, {
			refresh(frm) {
				if (frm.is_new() || !frappe.model.can_create("MES Change Order")) return;
				frm.add_custom_button(__("Open Orders"), () => sbk_mes.changes.affected(target, frm.doc));
			},
		});
	}

	frappe.ui.form.on("MES Sales Order", {
		refresh(frm) {
			const may = frm.perm[0] && frm.perm[0].submit;
			if (frm.doc.docstatus !== 1 || !may || !["Open", "On Hold"].includes(frm.doc.status)) return;
			frm.add_custom_button(__("Change Line"), () => sbk_mes.changes.line(frm));
		},
	});
})();
