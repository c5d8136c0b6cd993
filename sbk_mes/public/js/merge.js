// Like orders ticked in the list become one; on the form a merge is taken back.
frappe.provide("sbk_mes.merge");

(() => {
	const API = "sbk_mes.api.orders";
	const UNMERGEABLE = ["Draft", "Released", "Scheduled", "Dispatched"];
	const MERGEABLE = [...UNMERGEABLE, "Picking"];
	// actions that ask something first are taken on the order itself, not on ticked ones
	const ASKING = ["Merge", "Unmerge", "Freeze", "Unfreeze", "Force Complete", "Close with Return"];
	const text = (value) => frappe.utils.escape_html(String(value ?? "-"));
	const may_merge = () => frappe.user.has_role("MES Planner") || frappe.user.has_role("MES Production Manager");

	sbk_mes.merge.ask = function (names, after) {
		const request_id = frappe.utils.get_random(20);
		let event_seqs = {};
		const args = () => ({
			work_orders: names,
			allocation: dialog.get_value("allocation"),
			confirm_mixed: dialog.get_value("confirm_mixed"),
			owner: dialog.get_value("owner"),
		});
		const dialog = new frappe.ui.Dialog({
			title: __("Merge {0} Orders", [names.length]),
			size: "large",
			fields: [
				{ fieldname: "told", fieldtype: "HTML" },
				{ fieldname: "allocation", fieldtype: "Select", label: __("Receipts Go To"), options: ["By Priority", "Pro Rata"], default: "By Priority" },
				{ fieldname: "confirm_mixed", fieldtype: "Check", label: __("Make urgent orders together with others"), onchange: () => look() },
				{ fieldname: "owner", fieldtype: "Select", label: __("Owner of the Merged Order"), description: __("The orders have different owners."), hidden: 1, onchange: () => look() },
			],
			primary_action_label: __("Merge"),
			async primary_action() {
				const done = await frappe.xcall(`${API}.merge`, { ...args(), event_seqs, request_id });
				dialog.hide();
				after(done.work_order);
			},
		});
		const look = async () => {
			const asked = { ...args(), preview: 1 };
			dialog.get_primary_btn().prop("disabled", true);
			const told = await sbk_mes.dialogs.foresee(dialog, { field: "told", as_html: as_preview, method: `${API}.merge`, args: asked });
			if (!told) return;
			event_seqs = Object.fromEntries(told.sources.map((row) => [row.work_order, row.event_seq]));
			if (told.differing.includes("owner") && dialog.get_field("owner").df.hidden) {
				dialog.set_df_property("owner", "options", ["", ...new Set(told.sources.map((row) => row.owner))]);
				dialog.set_df_property("owner", "hidden", 0);
			}
			dialog.get_primary_btn().prop("disabled", !told.owner);
		};
		dialog.show();
		look();
	};

	const TRAITS = { due_at: __("Due"), priority: __("Priority"), owner: __("Owner") };
	const differing = ({ differing: traits }) =>
		traits.length ? `<p>${__("The orders differ in: {0}", [traits.map((trait) => TRAITS[trait]).join(", ")])}</p>` : "";
	const below = (told) => (told.sub_orders || []).flatMap((union) => [union, ...below(union)]);

	function as_preview(told) {
		const rows = told.sources
			.map((row) => `<tr><td>${text(row.work_order)}</td><td>${text(row.customer)}</td><td>${text(frappe.datetime.str_to_user(row.due_at))}</td><td>${text(__(row.priority))}</td><td>${text(row.owner)}</td><td class="text-right">${sbk_mes.work_order.qty(row.qty)}</td></tr>`)
			.join("");
		return `
			<p><b>${sbk_mes.work_order.qty(told.qty)}</b> × ${text(told.item)}, ${__("due {0}", [text(frappe.datetime.str_to_user(told.due_at))])}, ${text(__(told.priority))}</p>
			<p>${__("{0} changeovers and {1} minutes are saved.", [told.saved_setups, sbk_mes.work_order.qty(told.saved_mins)])}</p>
			${differing(told)}
			<div style="overflow-x:auto"><table class="table table-bordered table-sm">
				<thead><tr><th>${__("Work Order")}</th><th>${__("Customer")}</th><th>${__("Due")}</th><th>${__("Priority")}</th><th>${__("Owner")}</th><th>${__("Quantity")}</th></tr></thead>
				<tbody>${rows}</tbody>
			</table></div>
			${below(told).map((union) => `<p>${__("Their sub-orders become one: {0} × {1}", [sbk_mes.work_order.qty(union.qty), text(union.item)])}</p>`).join("")}`;
	}

	const list = frappe.listview_settings["MES Work Order"];
	if (list && !list.has_merge) {
		const before = list.onload;
		list.has_merge = true;
		list.onload = function (view) {
			before?.(view);
			for (const action of ASKING) view.workflow_action_items[action]?.remove();
			if (!may_merge()) return;
			view.page.add_action_item(__("Merge"), () => {
				const names = sbk_mes.dialogs.ticked(view);
				if (names) sbk_mes.merge.ask(names, (name) => frappe.set_route("Form", "MES Work Order", name));
			});
		};
	}

	// the workflow's arrows from order to order: where they start from is the other end
	const OTHER_END = {
		Merge(frm) {
			const { item, bom } = frm.doc;
			frappe.set_route("List", "MES Work Order", { item, bom, workflow_state: ["in", MERGEABLE] });
			frappe.show_alert({ message: __("Tick the orders that become one, then choose Merge."), indicator: "blue" });
		},
		async Unmerge(frm) {
			const link = await frappe.db.get_value("MES Order Link", { link_type: "merged-from", to_order: frm.doc.name }, "from_order");
			frappe.set_route("Form", "MES Work Order", link.message.from_order);
			frappe.show_alert({ message: __("Take the merge back on this order."), indicator: "blue" });
		},
	};

	frappe.ui.form.on("MES Work Order", {
		before_workflow_action(frm) {
			const go = OTHER_END[frm.selected_workflow_action];
			if (!go) return undefined;
			frappe.dom.unfreeze();
			go(frm);
			return new Promise(() => {});
		},

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
