frappe.listview_settings["MES Work Order"] = {
	add_fields: ["workflow_state", "priority", "has_shortage", "due_at", "coarse_state"],
	has_indicator_for_draft: 1,
	has_indicator_for_cancelled: 1,
	get_indicator(doc) {
		return [
			__(doc.workflow_state),
			sbk_mes.work_order.colour(doc.workflow_state),
			`workflow_state,=,${doc.workflow_state}`,
		];
	},
	onload(list) {
		const open = ["coarse_state", "in", ["DRAFT", "SCHEDULED", "IN_PROCESS"]];
		const show = (label, ...filters) =>
			list.page.add_inner_button(label, async () => {
				await list.filter_area.clear(false);
				await list.filter_area.add(filters.map((filter) => ["MES Work Order", ...filter]));
			}, __("Show"));
		show(__("Open"), open);
		show(__("Frozen"), ["workflow_state", "=", "Frozen"]);
		show(__("Short of Material"), open, ["has_shortage", "=", 1]);
		show(__("To inspect"), ["workflow_state", "=", "Inspection"]);
		show(__("To receive"), ["workflow_state", "=", "Inbound"]);
		show(__("Settlement Refused"), ["settlement", "=", "Refused"]);
	},
	formatters: {
		due_at(value, field, doc) {
			const late = value && value < frappe.datetime.now_datetime() && sbk_mes.work_order.is_open(doc);
			const text = value ? frappe.datetime.str_to_user(value.split(" ")[0]) : "";
			return late ? `<span class="text-danger">${text}</span>` : text;
		},
	},
};

frappe.provide("sbk_mes.work_order");

sbk_mes.work_order.COLOURS = {
	Draft: "gray",
	Released: "blue",
	Scheduled: "cyan",
	Dispatched: "purple",
	Picking: "yellow",
	"In Production": "orange",
	Inspection: "pink",
	Inbound: "light-blue",
	Completed: "green",
	Closed: "darkgrey",
	Frozen: "red",
};

sbk_mes.work_order.colour = (state) => sbk_mes.work_order.COLOURS[state] || "gray";
sbk_mes.work_order.is_open = (doc) => ["DRAFT", "SCHEDULED", "IN_PROCESS"].includes(doc.coarse_state);
// a quantity as people write it: no zeros behind the comma
sbk_mes.work_order.qty = (qty) => format_number(qty || 0, null, Number.isInteger(qty || 0) ? 0 : 3);
