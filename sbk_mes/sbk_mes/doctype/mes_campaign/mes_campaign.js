(() => {
	const API = "sbk_mes.api.campaigns";
	const COLOURS = { Draft: "gray", Released: "blue", Started: "orange", Completed: "green", Cancelled: "red" };

	frappe.ui.form.on("MES Campaign", {
		refresh(frm) {
			frm.disable_save();
			if (frm.is_new()) return;
			const { status } = frm.doc;
			frm.page.set_indicator(__(status), COLOURS[status]);
			show(frm);
			if (sbk_mes.campaign.may_make()) add_planning(frm, status);
			if (frm.perm[0]?.write) add_setup(frm, status);
		},
	});

	function show(frm) {
		const told = JSON.parse(frm.doc.comparison || "null");
		const html = told
			? `<p>${sbk_mes.campaign.gain(frm.doc)}</p>${sbk_mes.campaign.picture(told)}${sbk_mes.campaign.shifts(told.shifts)}`
			: "";
		frm.fields_dict.picture.$wrapper.html(html);
	}

	function add_planning(frm, status) {
		const is_open = ["Draft", "Released"].includes(status);
		if (status === "Draft") frm.add_custom_button(__("Release"), () => act(frm, "release")).addClass("btn-primary");
		if (["Released", "Started"].includes(status)) {
			frm.add_custom_button(__("Complete"), () =>
				frappe.confirm(__("Complete {0}? Its setup is divided by what was made.", [frm.doc.name]), () => act(frm, "complete"))
			);
		}
		if (is_open) {
			frm.add_custom_button(__("Add Order"), () => add(frm), __("Members"));
			frm.add_custom_button(__("Remove Order"), () => remove(frm), __("Members"));
		}
		if (is_open || status === "Started") {
			frm.add_custom_button(__("Cancel Campaign"), () =>
				frappe.confirm(__("Let the orders of {0} go their own ways?", [frm.doc.name]), () => act(frm, "cancel"))
			);
		}
	}

	function add_setup(frm, status) {
		if (!["Released", "Started", "Completed"].includes(status)) return;
		if (frm.doc.setup_at) frm.add_custom_button(__("Take Setup Back"), () => take_back(frm));
		else frm.add_custom_button(__("Report Setup"), () => report(frm));
	}

	async function act(frm, verb, args = {}) {
		await frappe.xcall(`${API}.${verb}`, { campaign: frm.doc.name, ...args });
		await frm.reload_doc();
	}

	function ask(title, fields, label, send) {
		const request_id = frappe.utils.get_random(20);
		const dialog = new frappe.ui.Dialog({
			title,
			fields,
			primary_action_label: label,
			async primary_action(values) {
				await send({ ...values, request_id });
				dialog.hide();
			},
		});
		dialog.show();
	}

	function add(frm) {
		const states = ["Released", "Scheduled", "Dispatched", "Picking", "In Production"];
		const get_query = () => ({ filters: { workflow_state: ["in", states], name: ["not in", names(frm)] } });
		const field = { fieldname: "work_order", fieldtype: "Link", options: "MES Work Order", label: __("Work Order"), reqd: 1, get_query };
		ask(__("Add Order"), [field], __("Add"), ({ work_order, request_id }) => act(frm, "add", { work_orders: [work_order], request_id }));
	}

	function remove(frm) {
		const field = { fieldname: "work_order", fieldtype: "Select", options: names(frm), label: __("Work Order"), reqd: 1 };
		ask(__("Remove Order"), [field], __("Remove"), ({ work_order, request_id }) =>
			act(frm, "remove", { work_orders: [work_order], request_id })
		);
	}

	function report(frm) {
		const fields = [
			{ fieldname: "labour_mins", fieldtype: "Float", label: __("Labour (Minutes)") },
			{ fieldname: "machine_mins", fieldtype: "Float", label: __("Machine (Minutes)") },
			{ fieldname: "operator", fieldtype: "Link", options: "User", label: __("Operator"), default: frappe.session.user },
			{ fieldname: "posted_on", fieldtype: "Date", label: __("Posting Date"), default: frappe.datetime.get_today() },
		];
		ask(__("Report Setup"), fields, __("Report"), (values) => act(frm, "report_setup", values));
	}

	function take_back(frm) {
		const field = { fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 };
		ask(__("Take Setup Back"), [field], __("Take Back"), (values) => act(frm, "take_back_setup", values));
	}

	const names = (frm) => frm.doc.members.map((row) => row.work_order);
})();
