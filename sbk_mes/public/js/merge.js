// Like orders ticked in the list become one; on the form a merge is taken back.
frappe.provide("sbk_mes.merge");

(() => {
	const API = "sbk_mes.api.orders";
	const UNMERGEABLE = ["Draft", "Released", "Scheduled", "Dispatched"];
	const text = (value) => frappe.utils.escape_html(String(value ?? "-"));
	const may_merge = () => frappe.user.has_role("MES Planner") || frappe.user.has_role("MES Production Manager");

	sbk_mes.merge.ask = function (names, after) {
		const request_id = frappe.utils.get_random(20);
		let event_seqs = {};
		const args = () => ({
			work_orders: names,
			allocation: dialog.get_value("allocation"),
			confirm_mixed: dialog.get_value("confirm_mixed"),
		});
		const dialog = new frappe.ui.Dialog({
			title: __("Merge {0} Orders", [names.length]),
			size: "large",
			fields: [
				{ fieldname: "told", fieldtype: "HTML" },
				{ fieldname: "allocation", fieldtype: "Select", label: __("Receipts Go To"), options: ["By Priority", "Pro Rata"], default: "By Priority" },
				{ fieldname: "confirm_mixed", fieldtype: "Check", label: __("Make urgent orders together with others"), onchange: () => look() },
			],
			primary_action_label: __("Merge"),
			async primary_action() {
				const done = await frappe.xcall(`${API}.merge`, { ...args(), event_seqs, request_id });
				dialog.hide();
				after(done.work_order);
			},
		});
		const below = (told) => (told.sub_orders || []).flatMap((union) => [union, ...below(union)]);
		const look = async () => {
			const told = await frappe.xcall(`${API}.merge`, { ...args(), preview: 1 });
			event_seqs = Object.fromEntries(told.sources.map((row) => [row.work_order, row.event_seq]));
			const rows = told.sources
				.map((row) => `<tr><td>${text(row.work_order)}</td><td>${text(row.customer)}</td><td>${text(frappe.datetime.str_to_user(row.due_at))}</td><td class="text-right">${format_number(row.qty)}</td></tr>`)
				.join("");
			dialog.fields_dict.told.$wrapper.html(`
				<p><b>${format_number(told.qty)}</b> × ${text(told.item)}, ${__("due {0}", [text(frappe.datetime.str_to_user(told.due_at))])}</p>
				<p>${__("{0} changeovers and {1} minutes are saved.", [told.saved_setups, format_number(told.saved_mins)])}</p>
				<div style="overflow-x:auto"><table class="table table-bordered table-sm">
					<thead><tr><th>${__("Work Order")}</th><th>${__("Customer")}</th><th>${__("Due")}</th><th>${__("Quantity")}</th></tr></thead>
					<tbody>${rows}</tbody>
				</table></div>
				${below(told).map((union) => `<p>${__("Their sub-orders become one: {0} × {1}", [format_number(union.qty), text(union.item)])}</p>`).join("")}`);
		};
		dialog.show();
		look();
	};

	const list = frappe.listview_settings["MES Work Order"];
	if (list && !list.has_merge) {
		const before = list.onload;
		list.has_merge = true;
		list.onload = function (view) {
			before?.(view);
			if (!may_merge()) return;
			view.page.add_action_item(__("Merge"), () => {
				const names = view.get_checked_items(true);
				if (names.length < 2) {
					frappe.show_alert({ message: __("Tick at least two orders"), indicator: "orange" });
					return;
				}
				sbk_mes.merge.ask(names, (name) => frappe.set_route("Form", "MES Work Order", name));
			});
		};
	}

	frappe.ui.form.on("MES Work Order", {
		refresh(frm) {
			const was_merged = (frm.doc.demands || []).some((row) => row.source_order);
			if (frm.is_new() || !was_merged || !may_merge() || !UNMERGEABLE.includes(frm.doc.workflow_state)) return;
			frm.add_custom_button(
				__("Take Merge Back"),
				() =>
					frappe.confirm(__("Restore the orders that {0} was made of?", [frm.doc.name]), async () => {
						const done = await frappe.xcall(`${API}.unmerge`, { work_order: frm.doc.name });
						frappe.show_alert({ message: __("Restored: {0}", [done.restored.join(", ")]), indicator: "green" });
						frm.reload_doc();
					}),
				__("Change")
			);
		},
	});
})();
