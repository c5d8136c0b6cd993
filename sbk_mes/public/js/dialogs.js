// What the dialogs of all forms share.
frappe.provide("sbk_mes.dialogs");

(() => {
	const is_given = (value) => value !== undefined && value !== null && value !== "";

	// only what was entered: a form-encoded request has no other way to say "nothing"
	sbk_mes.dialogs.given = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => is_given(value)));

	// what a call would do stands in an HTML field of the dialog, or the sentence why it cannot be done;
	// resolves to the answer, to null when it was refused or overtaken by a later question
	sbk_mes.dialogs.foresee = function (dialog, { field, as_html, method, type = "POST", args }) {
		const turn = (dialog.asked = (dialog.asked || 0) + 1);
		const show = (html) => dialog.fields_dict[field].$wrapper.html(html);
		return new Promise((resolve) => {
			const answered = (answer, html) => {
				if (turn === dialog.asked) show(html());
				resolve(turn === dialog.asked ? answer : null);
			};
			frappe.call({
				method,
				type,
				args: sbk_mes.dialogs.given(args),
				silent: true,
				callback: ({ message }) => answered(message, () => as_html(message)),
				error: (refusal) => answered(null, () => as_refusal(refusal)),
			});
		});
	};

	// orders ticked in a list, two at least; null, after saying so, when there are fewer
	sbk_mes.dialogs.ticked = function (view) {
		const names = view.get_checked_items(true);
		if (names.length > 1) return names;
		frappe.show_alert({ message: __("Tick at least two orders"), indicator: "orange" });
		return null;
	};

	function as_refusal(refusal) {
		const told = JSON.parse(refusal?._server_messages || "[]").map((row) => JSON.parse(row).message);
		const sentence = told.join(" ") || refusal?.exception || __("The server did not answer. Try again.");
		return `<p class="text-danger" role="alert">${frappe.utils.escape_html(strip_html(sentence))}</p>`;
	}
})();
