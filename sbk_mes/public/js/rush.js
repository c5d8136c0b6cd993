// The urgent channel and the plan of a work order, from its form.
(() => {
	const NODES = ["Draft", "Released", "Scheduled", "Dispatched", "Picking", "In Production"];

	frappe.ui.form.on("MES Work Order", {
		refresh(frm) {
			if (frm.is_new() || frm.doc.is_container) return;
			const may_ask = frappe.user.has_role(["MES Planner", "MES Dispatcher", "MES Production Manager"]);
			if (may_ask && NODES.includes(frm.doc.workflow_state)) {
				frm.add_custom_button(__("Insert as Urgent"), () => insert(frm), __("Plan"));
			}
			if (may_ask && frm.doc.docstatus === 1 && NODES.includes(frm.doc.workflow_state)) {
				frm.add_custom_button(__("Request a Plan"), () => request(frm), __("Plan"));
			}
			if (frm.doc.schedule) frm.add_custom_button(__("Why This Late"), () => why_late(frm), __("Plan"));
		},
	});

	async function insert(frm) {
		const request_id = frappe.utils.get_random(20);
		const dialog = new frappe.ui.Dialog({
			title: `${__("Insert as Urgent")}: ${frm.doc.name}`,
			fields: [
				{
					fieldname: "reason",
					fieldtype: "Link",
					options: "MES Reason",
					label: __("Reason"),
					reqd: 1,
					get_query: () => ({ filters: { applies_to: "Urgent", disabled: 0 } }),
				},
				{ fieldname: "note", fieldtype: "Small Text", label: __("Note") },
				{ fieldname: "take_reservations", fieldtype: "Check", label: __("Take material that lower orders have reserved") },
				{
					fieldname: "preempt",
					fieldtype: "Check",
					label: __("Interrupt work that runs where it goes on"),
					description: __("Its clocks are paused when the plan is confirmed; what was reported stays."),
				},
				{ fieldname: "accept_late", fieldtype: "Check", label: __("Accept that it is late already") },
			],
			primary_action_label: __("Insert as Urgent"),
			async primary_action(values) {
				const answer = await frappe.xcall("sbk_mes.api.orders.insert", { work_order: frm.doc.name, ...values, request_id });
				dialog.hide();
				frappe.set_route("Form", "MES Schedule", answer.schedules[0]);
				if (answer.losses.length) show_losses(answer.losses);
			},
		});
		dialog.show();
	}

	function show_losses(losses) {
		const text = (value) => frappe.utils.escape_html(String(value ?? ""));
		const rows = losses.map(
			(loss) => `<tr><td>${text(loss.work_order)}</td><td>${text(loss.item)}</td><td>${text(loss.warehouse)}</td><td class="text-right">${text(loss.qty)}</td></tr>`
		);
		frappe.msgprint({
			title: __("Other orders lose material"),
			message: `<table class="table table-sm"><tbody>${rows.join("")}</tbody></table>`,
		});
	}

	async function request(frm) {
		const { schedules } = await frappe.xcall("sbk_mes.api.schedule.request", { work_orders: [frm.doc.name] });
		frappe.set_route("Form", "MES Schedule", schedules[0]);
	}

	async function why_late(frm) {
		const { message } = await frappe.call({ method: "sbk_mes.api.schedule.why_late", type: "GET", args: { work_order: frm.doc.name } });
		const text = (value) => frappe.utils.escape_html(String(value ?? ""));
		const rows = message.chain.map(
			(link) => `<tr><td>${text(link.work_order || "–")}</td><td>${text(link.op_no)} ${text(link.operation)}</td>
				<td>${text(link.resource)}</td><td>${frappe.datetime.str_to_user(link.start_at)}</td><td>${text(link.takes)}</td><td>${text(link.text)}</td></tr>`
		);
		frappe.msgprint({
			title: __("Why This Late"),
			message: `<p>${message.late_mins ? __("{0} minutes late", [message.late_mins]) : __("On time")} ${text(message.cause)}</p><table class="table table-sm"><tbody>${rows.join("")}</tbody></table>`,
			wide: true,
		});
	}
})();
