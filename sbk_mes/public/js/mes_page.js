/* The page at /mes. Plain JavaScript: the boards proper are built from frontend/. */
(() => {
	const boot = JSON.parse(document.getElementById("boot").textContent);
	if (boot.user === "Guest") {
		location.replace(`/login?redirect-to=${encodeURIComponent(location.pathname)}`);
		return;
	}
	const POLL_MS = 5000;
	const PAGE = 50;
	const byId = (id) => document.getElementById(id);
	const text = (source, ...values) =>
		values.reduce((out, value, n) => out.replace(`{${n}}`, value), boot.texts[source] || source);
	const ticked = new Map();
	let shown = PAGE;
	let openLines = [];
	// Times come in the site's zone: both clocks are read as if they were UTC, so comparing text is right.
	boot.clock_offset_ms = Date.parse(`${boot.now.replace(" ", "T")}Z`) - Date.now();

	async function call(method, args = {}, post = false) {
		const url = new URL(`/api/method/sbk_mes.api.${method}`, location.origin);
		const options = { headers: { Accept: "application/json" } };
		if (post) {
			options.method = "POST";
			options.headers["Content-Type"] = "application/json";
			options.headers["X-Frappe-CSRF-Token"] = boot.csrf_token;
			options.body = JSON.stringify(args);
		} else {
			Object.entries(args).forEach(([key, value]) => url.searchParams.set(key, value));
		}
		const reply = await fetch(url, options);
		const body = await reply.json();
		if (reply.ok) return body.message;
		if (["CSRFTokenError", "SessionExpired"].includes(body.exc_type) || body.session_expired) location.reload();
		throw new Error(messageOf(body) || reply.statusText);
	}

	function messageOf(body) {
		const messages = JSON.parse(body._server_messages || "[]").map((entry) => JSON.parse(entry).message);
		return messages.join(" ").replace(/<[^>]*>/g, "") || body.exception;
	}

	function element(tag, attributes = {}, ...children) {
		const node = document.createElement(tag);
		Object.entries(attributes).forEach(([key, value]) => {
			if (value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
		});
		node.append(...children.filter((child) => child !== null && child !== undefined));
		return node;
	}

	const cell = (content, kind) => element("td", { class: kind }, content ?? "");
	const number = (value) => Number(value || 0).toLocaleString(document.documentElement.lang);
	const now = () => new Date(Date.now() + boot.clock_offset_ms).toISOString().slice(0, 19).replace("T", " ");
	const day = (value) => (value || "").slice(0, 10);
	const minute = (value) => (value || "").slice(0, 16);
	const keyOf = (line) => `${line.sales_order}#${line.idx}`;

	function notice(message, kind = "") {
		byId("notice").textContent = message;
		byId("notice").className = kind;
		byId("notice").hidden = !message;
	}

	function emptyRow(columns, message) {
		return element("tr", {}, element("td", { colspan: columns, class: "empty" }, message));
	}

	function drawDemand({ rows: lines, total }) {
		openLines = lines;
		const known = new Set(lines.map(keyOf));
		[...ticked.keys()].filter((key) => !known.has(key)).forEach((key) => ticked.delete(key));
		byId("demand").replaceChildren(
			...(lines.length
				? lines.map(demandRow)
				: [emptyRow(8, text("Nothing waits to be converted.") + " " + text("Bring in a sales order, then its lines appear here."))])
		);
		byId("demand-count").textContent = text("{0} lines", total);
		drawConvert();
	}

	function demandRow(line) {
		const box = element("input", {
			type: "checkbox",
			"aria-label": text("Tick line {0}", `${line.sales_order} ${line.idx}`),
		});
		box.checked = ticked.has(keyOf(line));
		const row = element(
			"tr",
			{ class: box.checked ? "ticked" : undefined },
			element("td", { class: "tick" }, box),
			cell(`${line.sales_order} / ${line.idx}`),
			cell(line.customer || text("for stock")),
			cell(line.item_name || line.item),
			element("td", {}, element("span", { class: "type" }, line.order_type)),
			cell(`${number(line.stock_qty)} ${line.stock_uom || ""}`, "number"),
			cell(number(line.open_qty), "number"),
			cell(day(line.due_on))
		);
		box.addEventListener("change", () => {
			if (box.checked) ticked.set(keyOf(line), line);
			else ticked.delete(keyOf(line));
			row.classList.toggle("ticked", box.checked);
			drawConvert();
		});
		return row;
	}

	function drawConvert() {
		byId("convert").disabled = ticked.size === 0;
		byId("convert").textContent = ticked.size
			? text("Convert {0} lines", ticked.size)
			: text("Convert the ticked lines");
		byId("tick-all").checked = ticked.size > 0 && ticked.size === openLines.length;
	}

	function drawOrders({ rows: orders, next_start }) {
		const empty = byId("search").value ? text("No work orders match.") : text("No work orders yet. Tick lines above and convert them.");
		byId("orders").replaceChildren(...(orders.length ? orders.map(orderRow) : [emptyRow(8, empty)]));
		byId("orders-count").textContent = text("{0} orders", orders.length + (next_start ? "+" : ""));
		byId("more").hidden = !next_start;
	}

	function orderRow(order) {
		const name = element("button", { type: "button", class: "link" }, order.name);
		name.addEventListener("click", () => showEvents(order));
		const late = order.due_at && order.due_at < now() && !["COMPLETED", "CANCELED"].includes(order.coarse_state);
		return element(
			"tr",
			{},
			element("td", { class: order.parent_work_order ? "child" : undefined }, name),
			element("td", {}, element("span", { class: "type" }, order.order_type)),
			cell(order.item_name || order.item),
			cell(`${number(order.planned_qty)} ${order.stock_uom || ""}`, "number"),
			element(
				"td",
				{},
				element("span", { class: `state ${order.coarse_state}` }, text(order.workflow_state)),
				order.has_shortage ? element("span", { class: "warn" }, text("material short")) : null
			),
			cell(minute(order.planned_start_at)),
			element("td", { class: late ? "late" : undefined }, minute(order.due_at), late ? ` ${text("Late")}` : ""),
			cell(order.customer || "")
		);
	}

	async function showEvents(order) {
		const { rows } = await call("board.events", { filters: JSON.stringify({ work_order: order.name }) });
		const close = element("button", { type: "button", class: "quiet" }, text("Close"));
		const drawer = byId("drawer");
		close.addEventListener("click", () => drawer.close());
		drawer.replaceChildren(
			element("div", { class: "bar" }, element("h2", {}, text("Events of {0}", order.name)), element("span", { class: "grow" }), close),
			element(
				"ol",
				{ class: "events" },
				...rows.map((event) =>
					element("li", {}, element("strong", {}, event.title), ` ${minute(event.occurred_at)} · ${event.actor}`)
				)
			)
		);
		drawer.showModal();
	}

	async function convert() {
		const lines = [...ticked.values()].map((line) => ({ sales_order: line.sales_order, line: line.idx }));
		const request_id = crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`;
		byId("convert").disabled = true;
		try {
			let run = await call("orders.convert", { lines, request_id }, true);
			while (["Queued", "Running"].includes(run.status)) {
				notice(text("Converting in the background: {0} of {1} lines", run.done_count || 0, lines.length));
				await new Promise((resolve) => setTimeout(resolve, 1000));
				run = await call("orders.conversion", { request_id });
			}
			tell(run.results);
			ticked.clear();
		} catch (error) {
			notice(error.message, "bad");
		}
		await refresh();
	}

	function tell(results) {
		const count = (status) => results.filter((result) => result.status === status).length;
		const reasons = results.filter((result) => result.message).map((result) => result.message);
		notice(
			[text("Created {0}, skipped {1}, failed {2}", count("Created"), count("Skipped"), count("Failed")), ...reasons].join("\n"),
			count("Failed") ? "bad" : "good"
		);
	}

	async function refresh() {
		const [demand, orders] = await Promise.all([
			call("demand.waiting_lines", { page_length: PAGE }),
			call("board.orders", { page_length: shown, filters: JSON.stringify({ search: byId("search").value }) }),
		]);
		drawDemand(demand);
		drawOrders(orders);
	}

	async function poll() {
		try {
			if (!document.hidden) await refresh();
			if (byId("notice").className === "offline") notice("");
		} catch (error) {
			notice(error instanceof TypeError ? text("Cannot reach the server. Trying again.") : error.message, "offline");
		}
		setTimeout(poll, POLL_MS);
	}

	byId("user").textContent = boot.full_name || boot.user;
	byId("logout").addEventListener("click", async () => {
		await fetch("/api/method/logout", { method: "POST", headers: { "X-Frappe-CSRF-Token": boot.csrf_token } });
		location.replace("/login?redirect-to=/mes");
	});
	byId("convert").addEventListener("click", convert);
	byId("tick-all").addEventListener("change", (event) => {
		ticked.clear();
		if (event.target.checked) openLines.forEach((line) => ticked.set(keyOf(line), line));
		drawDemand({ rows: openLines, total: openLines.length });
	});
	byId("search").addEventListener("input", () => {
		clearTimeout(byId("search").timer);
		byId("search").timer = setTimeout(() => refresh().catch((error) => notice(error.message, "bad")), 250);
	});
	byId("more").addEventListener("click", () => {
		shown += PAGE;
		refresh().catch((error) => notice(error.message, "bad"));
	});
	poll();
})();
