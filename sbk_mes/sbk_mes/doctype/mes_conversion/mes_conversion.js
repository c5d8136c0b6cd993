const POLL_MS = 2000;

frappe.ui.form.on("MES Conversion", {
	refresh(frm) {
		frm.disable_save();
		if (frm.is_new()) return;
		const { lines_count, done_count, created_count, failed_count } = frm.doc;
		if (lines_count) {
			frm.dashboard.add_progress(
				__("Lines"),
				(100 * done_count) / lines_count,
				__("{0} of {1} lines done, {2} created, {3} failed", [done_count, lines_count, created_count, failed_count])
			);
		}
		if (["Queued", "Running"].includes(frm.doc.status)) {
			setTimeout(() => cur_frm === frm && frm.reload_doc(), POLL_MS);
		}
		if (done_count < lines_count && frappe.model.can_create(frm.doctype)) {
			frm.add_custom_button(__("Take Up Again"), () => frm.call("resume").then(() => frm.reload_doc()));
		}
	},
});
