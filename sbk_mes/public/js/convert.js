// Turning demand into work orders: what to convert, how far it is, what came of it.
frappe.provide("sbk_mes.convert");

const POLL_MS = 1200;
const COLOURS = { Created: "green", Skipped: "gray", Failed: "red", Pending: "blue" };
const ORDER_TYPES = ["MTO", "MTS", "ETO", "Trial", "Rework"];

sbk_mes.convert.sales_orders = async function (names, when_done) {
	const rows = await frappe.xcall("sbk_mes.api.demand.open_lines", { sales_orders: names });
	const open = rows.filter((row) => row.open_qty > 0);
	if (!open.length) {
		frappe.msgprint(__("Work orders exist for everything on these sales orders."));
		return;
	}
	ask(open, when_done);
};

sbk_mes.convert.suggestions = function (names, when_done) {
	const lines = names.map((name) => ({ suggestion: name }));
	run({ lines, request_id: frappe.utils.get_random(20), when_done });
};

function ask(rows, when_done) {
	const request_id = frappe.utils.get_random(20);
	const data = rows.map((row) => ({ ...row, qty: row.open_qty, policy: row.order_type, row_no: row.idx }));
	const dialog = new frappe.ui.Dialog({
		title: __("Convert to Work Order"),
		size: "extra-large",
		fields: [
			sbk_mes.lines.table("lines", data, columns()),
			{
				fieldname: "all_or_nothing",
				fieldtype: "Check",
				label: __("All or nothing"),
				description: __("Nothing is made when one line is refused."),
			},
		],
		primary_action_label: __("Convert"),
		primary_action(values) {
			const chosen = dialog.fields_dict.lines.grid.get_selected_children();
			if (!chosen.length) {
				frappe.msgprint(__("Tick the lines to convert."));
				return;
			}
			dialog.hide();
			run({
				lines: chosen.map(as_line),
				request_id,
				all_or_nothing: values.all_or_nothing,
				items: Object.fromEntries(chosen.map((row) => [row.line, row.item])),
				when_done,
			});
		},
	});
	dialog.show();
	sbk_mes.lines.hold(dialog);
	const grid = dialog.fields_dict.lines.grid;
	grid.grid_rows.forEach((row) => {
		row.select(true);
		row.refresh_check();
	});
	grid.wrapper.find(".grid-heading-row .grid-row-check").prop("checked", true);
}

function columns() {
	const shown = sbk_mes.lines.cell;
	return [
		shown("sales_order", "Data", __("Sales Order"), 1),
		shown("row_no", "Int", __("Row"), 1),
		shown("item", "Data", __("Item"), 2),
		shown("open_qty", "Float", __("Open"), 1),
		shown("qty", "Float", __("Convert"), 1, { read_only: 0 }),
		shown("order_type", "Select", __("Order Type"), 1, { read_only: 0, options: ORDER_TYPES }),
		shown("order_type_reason", "Data", __("Reason for another type"), 2, { read_only: 0 }),
		shown("due_on", "Date", __("Due On"), 1),
	];
}

function as_line(row) {
	const line = { sales_order: row.sales_order, line: row.line, qty: row.qty };
	if (row.order_type !== row.policy) {
		line.order_type = row.order_type;
		line.reason = row.order_type_reason || "";
	}
	return line;
}

async function run({ lines, request_id, all_or_nothing = 0, items = {}, when_done }) {
	const { message } = await frappe.call({
		method: "sbk_mes.api.orders.convert",
		args: { lines, request_id, all_or_nothing },
		freeze: true,
		freeze_message: __("Converting"),
	});
	const answer = is_running(message) ? await follow(message) : message;
	show(answer, items);
	when_done && when_done(answer);
}

const is_running = (answer) => ["Queued", "Running"].includes(answer.status);

// a conversion in the background goes on by itself; it is looked at until it has ended
async function follow(answer) {
	while (is_running(answer)) {
		const { done_count, lines_count } = answer;
		frappe.show_progress(
			__("Converting"),
			done_count,
			lines_count,
			__("{0} of {1} lines", [done_count, lines_count])
		);
		await new Promise((resolve) => setTimeout(resolve, POLL_MS));
		answer = await frappe.xcall("sbk_mes.api.orders.conversion", { request_id: answer.conversion });
	}
	frappe.hide_progress();
	return answer;
}

// what needs a hand comes first
function show(answer, items) {
	const results = answer.results || [];
	const order = ["Failed", "Pending", "Skipped", "Created"];
	const sorted = [...results].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
	const count = (status) => results.filter((row) => row.status === status).length;
	const summary = ["Created", "Skipped", "Failed"]
		.map((status) => `<span class="indicator-pill ${COLOURS[status]} mr-2">${__(status)}: ${count(status)}</span>`)
		.join("");
	const error = answer.error ? `<p class="text-danger">${frappe.utils.escape_html(answer.error)}</p>` : "";
	const heads = [__("Demand"), __("Result"), __("Work Order"), __("Reason")];
	const dialog = new frappe.ui.Dialog({
		title: __("Convert to Work Order"),
		size: "large",
		indicator: count("Failed") ? "orange" : "green",
		fields: [{ fieldname: "results", fieldtype: "HTML" }],
	});
	dialog.fields_dict.results.$wrapper.html(
		`<p>${summary}</p>${error}<table class="table table-sm mes-conversion-results">
			<thead><tr>${heads.map((head) => `<th>${head}</th>`).join("")}</tr></thead>
			<tbody>${sorted.map((row) => result_row(row, items[row.line])).join("")}</tbody></table>`
	);
	dialog.show();
}

function result_row(row, item) {
	const text = (value) => frappe.utils.escape_html(String(value ?? ""));
	const demand = row.sales_order ? [row.sales_order, row.line_no].filter(Boolean).join(" / ") : row.suggestion;
	const order = row.work_order ? frappe.utils.get_form_link("MES Work Order", row.work_order, true) : "";
	return `<tr>
		<td><span class="text-nowrap">${text(demand)}</span> <span class="text-muted">${text(item)}</span></td>
		<td><span class="indicator-pill ${COLOURS[row.status] || "gray"}">${text(__(row.status))}</span></td>
		<td class="text-nowrap">${order}</td>
		<td>${text(row.message)}</td>
	</tr>`;
}
