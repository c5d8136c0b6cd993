// a plan: its run, what it means for orders, where it puts operations
(() => {
	const API = "sbk_mes.api.schedule";
	const LOOK_EVERY_MS = 3000;
	const PAGE = 500;
	const MOST_BLOCKS = 5000;
	const DECIDERS = ["MES Dispatcher", "MES Production Manager"];
	const PLANNERS = ["MES Planner", ...DECIDERS];

	frappe.ui.form.on("MES Schedule", {
		onload(frm) {
			frappe.realtime.off("mes_schedule");
			frappe.realtime.on("mes_schedule", ({ schedule, status, outcome, progress }) => {
				if (schedule !== cur_frm?.doc.name) return;
				if (status || outcome) cur_frm.reload_doc();
				else if (progress) show_run(cur_frm, progress);
			});
		},

		refresh(frm) {
			if (frm.is_new()) return;
			frm.disable_save();
			add_buttons(frm);
			if (["Requested", "Running"].includes(frm.doc.status)) {
				show_run(frm, frm.doc.progress);
				look_again(frm);
				if (!frm.doc.outcome) return;
			} else {
				frm.dashboard.hide_progress();
			}
			show_intro(frm);
			show_effects(frm);
			show_gantt(frm);
		},
	});

	function add_buttons(frm) {
		const { status, name } = frm.doc;
		const may_request = frappe.user.has_role(PLANNERS);
		const may_decide = frappe.user.has_role(DECIDERS);
		const act = (method, args = {}) => async () => {
			await frappe.xcall(`${API}.${method}`, { schedule: name, ...args }).finally(() => frm.reload_doc());
		};
		if (["Requested", "Running"].includes(status) && may_request) {
			frm.add_custom_button(__("Stop"), act("cancel"));
			frm.add_custom_button(__("Stop and Keep the Best"), act("cancel", { keep_best: 1 }));
		}
		if (status === "Proposed" && may_decide) {
			const sure = () =>
				frappe.confirm(
					__("{0} orders move, {1} become late. Put this plan in force?", [frm.doc.moved_orders, frm.doc.newly_late_orders]),
					act("confirm")
				);
			frm.add_custom_button(__("Confirm"), sure).addClass("btn-primary");
		}
		if (["Proposed", "What-if", "Stale"].includes(status) && may_decide) {
			frm.add_custom_button(__("Reject"), () =>
				frappe.prompt({ fieldname: "note", fieldtype: "Small Text", label: __("Note") }, ({ note }) => act("reject", { note })(), __("Reject"))
			);
		}
		if (status === "In Force" && may_decide) {
			frm.add_custom_button(__("Undo"), () => frappe.confirm(__("Go back to the plan before this one?"), act("undo")));
		}
		if (["Stale", "Failed", "Rejected"].includes(status) && may_request) {
			frm.add_custom_button(__("Request a Plan"), async () => {
				const { schedules } = await frappe.xcall(`${API}.request`, {});
				frappe.set_route("Form", "MES Schedule", schedules[0]);
			});
		}
	}

	function show_run(frm, progress) {
		const text = frm.doc.status === "Running" ? __("Looking for a better plan") : __("Waiting for a worker");
		frm.dashboard.show_progress(__("Planning"), progress || 0, text);
	}

	// where no socket server runs, the form asks
	function look_again(frm) {
		clearTimeout(frm.plan_timer);
		frm.plan_timer = setTimeout(async () => {
			if (cur_frm !== frm || frm.is_dirty()) return;
			const { message } = await frappe.db.get_value("MES Schedule", frm.doc.name, ["status", "progress", "outcome"]);
			if (message.status !== frm.doc.status || message.outcome !== frm.doc.outcome) frm.reload_doc();
			else {
				show_run(frm, message.progress);
				look_again(frm);
			}
		}, LOOK_EVERY_MS);
	}

	function show_intro(frm) {
		const { status, error, newly_late_orders, unplaced_orders } = frm.doc;
		if (["Failed", "Stale"].includes(status)) frm.set_intro(frappe.utils.escape_html(error || ""), "red");
		else if (status === "Running") {
			frm.set_intro(__("This is the first plan; better ones are sought. Stop and keep the best whenever it will do."), "blue");
		}
		else if (newly_late_orders || unplaced_orders) {
			frm.set_intro(__("{0} orders become late, {1} have no place", [newly_late_orders, unplaced_orders]), "red");
		}
	}

	const text = (value) => frappe.utils.escape_html(String(value ?? ""));
	const when = (value) => (value ? frappe.datetime.str_to_user(value) : "–");

	function mins(value) {
		if (!value) return "";
		const hours = Math.floor(Math.abs(value) / 60);
		const sign = value < 0 ? "−" : "";
		return `${sign}${hours ? `${hours} h ` : ""}${Math.abs(value) % 60} min`;
	}

	async function show_effects(frm) {
		const { message } = await frappe.call({ method: `${API}.proposal`, type: "GET", args: { schedule: frm.doc.name, page_length: PAGE } });
		const heads = [__("Work Order"), __("Due At"), __("Old End"), __("New End"), __("Late Before"), __("Late After"), __("Resource Change"), __("Cause")];
		const rows = message.effects.map((effect) => {
			const style = effect.is_newly_late || effect.is_unplaced ? ' style="color: var(--red-600)"' : effect.is_moved ? "" : ' class="text-muted"';
			return `<tr${style}>
				<td>${frappe.utils.get_form_link("MES Work Order", effect.work_order, true)} ${text(effect.item)}</td>
				<td>${when(effect.due_at)}</td><td>${when(effect.old_end_at)}</td><td>${when(effect.new_end_at)}</td>
				<td>${mins(effect.late_before_mins)}</td><td>${mins(effect.late_after_mins)}</td>
				<td>${text(effect.resource_change)}</td><td>${text(effect.cause || (effect.is_first_plan && !effect.is_unplaced ? __("new in the plan") : ""))}</td></tr>`;
		});
		const hidden = message.hidden_orders ? `<p class="text-muted">${__("{0} more orders are not shown to you", [message.hidden_orders])}</p>` : "";
		const others = message.siblings.map(
			(other) =>
				`<li>${frappe.utils.get_form_link("MES Schedule", other.name, true, `${other.name} ${__(other.variant || "")}`)}:
				${__("{0} late, {1} orders move", [other.late_orders, other.moved_orders])} (${__(other.status)})</li>`
		);
		const choice = others.length ? `<p>${__("Other proposals of this run")}</p><ul>${others.join("")}</ul>` : "";
		frm.get_field("effects_html").$wrapper.html(
			`${choice}<div style="overflow-x: auto"><table class="table table-sm" style="min-width: 860px"><thead><tr>${heads.map((head) => `<th>${head}</th>`).join("")}</tr></thead><tbody>${rows.join("")}</tbody></table></div>${hidden}`
		);
	}

	async function show_gantt(frm) {
		const blocks = [];
		for (let start = 0; start !== null && blocks.length < MOST_BLOCKS; ) {
			const { message } = await frappe.call({ method: `${API}.blocks`, type: "GET", args: { schedule: frm.doc.name, start, page_length: PAGE } });
			blocks.push(...message.rows);
			start = message.next_start;
		}
		frm.get_field("gantt_html").$wrapper.html(gantt(blocks.filter((block) => block.resource), frm.layout.wrapper.width()));
	}

	// one row per lane, one bar per operation; an order keeps its colour, machines stay in sight
	function gantt(blocks, room) {
		if (!blocks.length) return `<p class="text-muted">${__("Nothing is placed")}</p>`;
		const ROW = 26, HOUR = 3600000, LEAST_DAY = 24;
		const left = room < 600 ? 100 : 160;
		const time = (value) => frappe.datetime.str_to_obj(value).getTime();
		const lanes = [...new Set(blocks.map((block) => `${block.resource}|${block.lane}`))].sort();
		const from = Math.min(...blocks.map((block) => time(block.setup_at || block.start_at)));
		const to = Math.max(...blocks.map((block) => time(block.end_at)));
		const hours = (to - from) / HOUR;
		const scale = Math.min(Math.max((room - left - 70) / hours, LEAST_DAY / 24), 40);
		const x = (value) => ((time(value) - from) / HOUR) * scale;
		const width = hours * scale + 10;
		const height = lanes.length * ROW + 30;
		const hue = (name) => [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 360, 7);
		const days = [];
		const step = Math.ceil(70 / (24 * scale));
		const named = (day) => Math.round((day - from) / (24 * HOUR)) % step === 0;
		for (let day = new Date(from).setHours(0, 0, 0, 0); day < to; day += 24 * HOUR) {
			if (day < from) continue;
			const at = ((day - from) / HOUR) * scale;
			days.push(`<line x1="${at}" x2="${at}" y1="20" y2="${height}" stroke="var(--border-color)"/>
				<text x="${at + 3}" y="14" font-size="10" fill="var(--text-muted)">${named(day) ? frappe.datetime.str_to_user(frappe.datetime.obj_to_str(new Date(day))) : ""}</text>`);
		}
		const labels = lanes.map((lane, row) => {
			const [resource, number] = lane.split("|");
			const name = lanes.filter((other) => other.startsWith(`${resource}|`)).length > 1 ? `${resource} #${number}` : resource;
			return `<text x="0" y="${row * ROW + 42}" font-size="11" fill="var(--text-color)">${text(name)}</text>`;
		});
		const bars = blocks.map((block) => {
			const y = lanes.indexOf(`${block.resource}|${block.lane}`) * ROW + 26;
			const wide = Math.max(x(block.end_at) - x(block.start_at), 2);
			const tip = `${block.work_order} ${block.op_no} ${block.operation}\n${when(block.start_at)} – ${when(block.end_at)}${block.is_interrupted ? `\n${__("Interrupted")}` : ""}${block.is_moved ? `\n${__("was")} ${when(block.former_start_at)} ${block.former_resource}` : ""}`;
			const setup = block.setup_mins
				? `<rect x="${x(block.setup_at)}" y="${y + 6}" width="${Math.max(x(block.start_at) - x(block.setup_at), 1)}" height="8" fill="var(--gray-500)"/>`
				: "";
			return `${setup}<rect x="${x(block.start_at)}" y="${y}" width="${wide}" height="20" rx="3" fill="hsl(${hue(block.work_order)}, 55%, 60%)"
				stroke="${block.is_moved ? "var(--red-600)" : "none"}" opacity="${block.is_fixed ? 0.6 : 1}"><title>${text(tip)}</title></rect>
				${wide > 60 ? `<text x="${x(block.start_at) + 4}" y="${y + 14}" font-size="10" pointer-events="none">${text(block.work_order)}</text>` : ""}`;
		});
		return `<div style="display: flex"><svg width="${left}" height="${height}" style="flex: none">${labels.join("")}</svg>
			<div style="overflow-x: auto"><svg width="${width}" height="${height}" role="img" aria-label="${__("Gantt Chart")}">${days.join("")}${bars.join("")}</svg></div></div>`;
	}
})();
