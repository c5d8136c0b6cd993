// Lines in a dialog that a person fills in: what is known of each beside what is to be done with it.
frappe.provide("sbk_mes.lines");

sbk_mes.lines.cell = (fieldname, fieldtype, label, columns, more = {}) => ({
	fieldname,
	fieldtype,
	label,
	columns,
	in_list_view: 1,
	read_only: 1,
	...more,
});

// the rows of `data` are edited in place, none comes or goes
sbk_mes.lines.table = (fieldname, data, fields) => ({
	fieldname,
	fieldtype: "Table",
	cannot_add_rows: true,
	cannot_delete_rows: true,
	in_place_edit: true,
	data,
	get_data: () => data,
	fields,
});

// rows with a quantity; null, after saying so, when there are none
sbk_mes.lines.chosen = function (data) {
	const chosen = data.filter((row) => row.qty > 0);
	if (chosen.length) return chosen;
	frappe.msgprint(__("Enter a quantity in one row at least."));
	return null;
};

// the rows of such a table are entered in, not ticked
sbk_mes.lines.without_ticks = function (dialog) {
	for (const { grid } of dialog.fields_list.filter((field) => field.df.cannot_add_rows)) grid.wrapper.find(".row-check").hide();
};

// Tab in the last row of such a table goes on to what follows it, where the desk would add a row
sbk_mes.lines.hold = function (dialog) {
	for (const { df, grid } of dialog.fields_list.filter((field) => field.df.cannot_add_rows)) {
		const leave = (event) => {
			const row = $(event.target).closest(".grid-row").data("grid_row");
			if (event.key === "Tab" && !event.shiftKey && row?.doc === df.data[df.data.length - 1]) event.stopPropagation();
		};
		grid.wrapper[0].addEventListener("keydown", leave, true);
	}
};
