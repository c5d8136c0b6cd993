(() => {
	frappe.listview_settings["MES Schedule"] = {
		hide_name_column: false,
		formatters: { variant: (value) => (value ? __(value) : "") },
		get_indicator({ status }) {
			const colours = {
				Requested: "gray",
				Running: "blue",
				Proposed: "orange",
				"In Force": "green",
				Superseded: "gray",
				Rejected: "gray",
				Stale: "yellow",
				Failed: "red",
				"What-if": "purple",
			};
			return [__(status), colours[status] || "gray", `status,=,${status}`];
		},

		onload(listview) {
			if (!frappe.user.has_role(["MES Planner", "MES Dispatcher", "MES Production Manager"])) return;
			listview.page.add_inner_button(__("What If"), () => ask(true));
			listview.page.add_inner_button(__("Request a Plan"), () => ask(false), null, "primary");
		},
	};

	function ask(is_what_if) {
		const fields = [
			{
				fieldname: "workshops",
				fieldtype: "MultiSelectList",
				label: __("Workshops"),
				description: __("Empty: the whole plant"),
				get_data: (text) => frappe.db.get_link_options("MES Workshop", text),
			},
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason") },
			{ fieldname: "time_limit_s", fieldtype: "Int", label: __("Time Limit (Seconds)") },
		];
		if (is_what_if) {
			fields.push(
				{ fieldtype: "Section Break", label: __("If a resource were down") },
				{ fieldname: "resource", fieldtype: "Link", options: "MES Resource", label: __("Resource") },
				{ fieldtype: "Column Break" },
				{ fieldname: "starts_at", fieldtype: "Datetime", label: __("Starts At"), mandatory_depends_on: "resource" },
				{ fieldname: "ends_at", fieldtype: "Datetime", label: __("Ends At"), mandatory_depends_on: "resource" }
			);
		}
		const dialog = new frappe.ui.Dialog({
			title: is_what_if ? __("What If") : __("Request a Plan"),
			fields,
			primary_action_label: __("Request a Plan"),
			async primary_action({ resource, starts_at, ends_at, ...values }) {
				if (resource) values.downtimes = [{ resource, starts_at, ends_at }];
				const method = `sbk_mes.api.schedule.${is_what_if ? "what_if" : "request"}`;
				const { schedules } = await frappe.xcall(method, values);
				dialog.hide();
				if (schedules.length === 1) frappe.set_route("Form", "MES Schedule", schedules[0]);
				else frappe.show_alert({ message: __("{0} plans are being made", [schedules.length]), indicator: "blue" });
			},
		});
		dialog.show();
	}
})();
