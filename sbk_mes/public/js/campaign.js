// Orders that share a setup: suggested from the list of work orders, looked at before and after, made a campaign.
frappe.provide("sbk_mes.campaign");

(() => {
	const API = "sbk_mes.api.campaigns";
	const BASES = ["Placement Program", "Feeder Family", "Die", "Colour"];
	const COLOURS = ["blue", "green", "orange", "purple", "pink", "cyan", "yellow", "red"];
	const SETUP = "repeating-linear-gradient(45deg, var(--gray-600) 0 3px, var(--gray-300) 3px 6px)";
	const LEAST_PERCENT = 0.4;
	const MAKERS = ["MES Planner", "MES Dispatcher", "MES Production Manager"];

	const text = (value) => frappe.utils.escape_html(String(value ?? "-"));
	const number = (value) => format_number(value || 0, null, Number.isInteger(value || 0) ? 0 : 2);
	const when = (value) => (value ? text(frappe.datetime.str_to_user(value)) : "-");

	sbk_mes.campaign.may_make = () => MAKERS.some((role) => frappe.user.has_role(role));

	// setups and runs of the queue as blocks on one scale, members framed
	sbk_mes.campaign.picture = function ({ before, after }) {
		const families = [...new Set(before.map((block) => block.family))];
		const last = Math.max(1, ...[...before, ...after].map((block) => block.end));
		const colour = (block) => COLOURS[families.indexOf(block.family) % COLOURS.length];
		const bar = (mins, style, label, title) => {
			const width = Math.max((mins / last) * 100, LEAST_PERCENT);
			return `<div title="${title}" style="flex:0 0 ${width}%;min-width:0;height:28px;overflow:hidden;white-space:nowrap;font-size:var(--text-xs);line-height:28px;text-align:center;${style}">${label}</div>`;
		};
		const shown = (block, idle) => {
			const name = text(block.work_order ?? "");
			const frame = block.is_member ? "box-shadow:inset 0 0 0 2px var(--text-color);" : "";
			const setup = __("Setup: {0} min", [number(block.setup_mins)]);
			const run = __("{0}: {1} min", [name, number(block.run_mins)]);
			return [
				idle > 0 ? bar(idle, "", "", "") : "",
				block.setup_mins ? bar(block.setup_mins, `background:${SETUP};`, "", setup) : "",
				bar(block.run_mins, `color:var(--${colour(block)}-700);background:var(--${colour(block)}-100);${frame}`, name, run),
			].join("");
		};
		const strip = (label, blocks) => {
			let end = 0;
			const bars = blocks.map((block) => {
				const idle = block.end - block.run_mins - block.setup_mins - end;
				end = block.end;
				return shown(block, idle);
			});
			const setups = blocks.filter((block) => block.setup_mins);
			const mins = setups.reduce((sum, block) => sum + block.setup_mins, 0);
			return `<div class="small text-muted mt-2">${label}: ${__("{0} setups, {1} min", [setups.length, number(mins)])}</div>
				<div style="display:flex;border-radius:var(--border-radius-sm);overflow:hidden">${bars.join("")}</div>`;
		};
		return `<div class="mes-campaign-picture" style="overflow-x:auto"><div style="min-width:480px">
			${strip(__("Before"), before)}${strip(__("After"), after)}</div></div>`;
	};

	sbk_mes.campaign.gain = (told) =>
		__("Setups saved: {0} ({1} min). Lost by a slower run: {2} min. Net gain: {3} min.", [
			told.saved_setups,
			number(told.saved_mins),
			number(told.loss_mins),
			number(told.net_mins),
		]);

	// whose end moves, and whom it makes late
	sbk_mes.campaign.shifts = function (shifts) {
		const moved = shifts.filter((row) => row.shift_mins);
		if (!moved.length) return "";
		const rows = moved.map(
			(row) => `<tr class="${row.is_later ? "text-danger" : ""}">
				<td class="text-nowrap">${text(row.work_order)}</td>
				<td class="text-right text-nowrap">${row.shift_mins > 0 ? "+" : ""}${number(row.shift_mins)}</td>
				<td class="text-nowrap">${when(row.ends_before)}</td>
				<td class="text-nowrap">${when(row.ends_after)}${row.is_later ? ` (${__("later than due")})` : ""}</td></tr>`
		);
		const heads = [__("End Without"), __("End With")].map((head) => `<th>${head}</th>`).join("");
		return `<div style="overflow-x:auto"><table class="table table-sm mt-2 mb-0">
			<thead><tr><th>${__("Work Order")}</th><th class="text-right">${__("Shift (Minutes)")}</th>${heads}</tr></thead>
			<tbody>${rows.join("")}</tbody></table></div>`;
	};

	const shown = (told) => `<p>${sbk_mes.campaign.gain(told)}</p>
		${told.is_one_item ? `<p class="text-muted">${__("These orders make one item; they could also be merged.")}</p>` : ""}
		${sbk_mes.campaign.picture(told)}${sbk_mes.campaign.shifts(told.shifts)}`;

	const filters = (more) => [
		{ fieldname: "basis", fieldtype: "Select", options: BASES, default: BASES[0], label: __("Basis"), ...more },
		{ fieldtype: "Column Break" },
		{ fieldname: "resource", fieldtype: "Link", options: "MES Resource", label: __("Resource"), ...more },
	];

	sbk_mes.campaign.suggest = function (after) {
		const dialog = new frappe.ui.Dialog({
			title: __("Campaigns"),
			size: "extra-large",
			fields: [
				...filters({ onchange: () => look() }),
				{ fieldtype: "Column Break" },
				{ fieldname: "window_days", fieldtype: "Int", label: __("Due within (Days)"), onchange: () => look() },
				{ fieldtype: "Section Break" },
				{ fieldname: "found", fieldtype: "HTML" },
			],
		});
		const card = (told, place) => `<div class="border rounded p-3 mb-3">
			<div class="d-flex flex-wrap justify-content-between">
				<h5>${text(told.resource)}: ${text(told.family)}
					<span class="indicator-pill green">${__("{0} min gained", [number(told.net_mins)])}</span></h5>
				<button class="btn btn-primary btn-sm mb-2" data-place="${place}">${__("Make Campaign")}</button>
			</div>
			<p>${told.members.map((row) => `${text(row.work_order)} <span class="text-muted">${text(row.item)} × ${number(row.qty)}</span>`).join(", ")}</p>
			${shown(told)}</div>`;
		const look = frappe.utils.debounce(async () => {
			const { resource, basis, window_days } = dialog.get_values(true);
			const { message } = await frappe.call({
				method: `${API}.suggest`,
				type: "GET",
				args: { basis, ...(resource && { resource }), ...(window_days && { window_days }) },
			});
			const found = message.suggestions;
			const $found = dialog.fields_dict.found.$wrapper;
			const nothing = __("No open orders gain anything by sharing a setup without making one late.");
			$found.html(found.map(card).join("") || `<p class="text-muted">${nothing}</p>`);
			$found.find("[data-place]").on("click", async (event) => {
				const told = found[event.currentTarget.dataset.place];
				event.currentTarget.disabled = true;
				const made = await make({ ...told, basis }, frappe.utils.get_random(20));
				after?.(made.campaign);
				look();
			});
		}, 200);
		dialog.show();
		look();
	};

	async function make({ members, resource, basis }, request_id) {
		const work_orders = members.map(({ work_order, op_no }) => ({ work_order, op_no }));
		const made = await frappe.xcall(`${API}.create`, { work_orders, resource, basis, request_id });
		const link = frappe.utils.get_form_link("MES Campaign", made.campaign, true);
		frappe.show_alert({ message: __("Campaign {0} is made; release it there.", [link]), indicator: "green" });
		return made;
	}

	sbk_mes.campaign.ask = function (names, after) {
		const request_id = frappe.utils.get_random(20);
		let seen = null;
		const look = frappe.utils.debounce(async () => {
			seen = null;
			const { resource, basis } = dialog.get_values(true);
			dialog.get_primary_btn().prop("disabled", true);
			const args = { work_orders: names, resource, basis, preview: 1 };
			seen = await sbk_mes.dialogs.foresee(dialog, { field: "told", as_html: shown, method: `${API}.create`, args });
			dialog.get_primary_btn().prop("disabled", !seen);
		}, 200);
		const dialog = new frappe.ui.Dialog({
			title: __("Campaign of {0} Orders", [names.length]),
			size: "extra-large",
			fields: [...filters({ onchange: () => look() }), { fieldtype: "Section Break" }, { fieldname: "told", fieldtype: "HTML" }],
			primary_action_label: __("Make Campaign"),
			async primary_action({ basis }) {
				const made = await make({ ...seen, basis }, request_id);
				dialog.hide();
				after(made.campaign);
			},
		});
		dialog.show();
		look();
	};

	const list = frappe.listview_settings["MES Work Order"];
	if (list && !list.has_campaigns) {
		const before = list.onload;
		list.has_campaigns = true;
		list.onload = function (view) {
			before?.(view);
			if (!sbk_mes.campaign.may_make()) return;
			view.page.add_inner_button(__("Campaigns"), () => sbk_mes.campaign.suggest());
			view.page.add_action_item(__("Make Campaign"), () => {
				const names = sbk_mes.dialogs.ticked(view);
				if (names) sbk_mes.campaign.ask(names, (name) => frappe.set_route("Form", "MES Campaign", name));
			});
		};
	}
})();
