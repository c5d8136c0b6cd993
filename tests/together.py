"""Several processes at work on one site in the same moment."""


def run_together(home, *codes):
	"""What each process printed, word by word."""
	import frappe

	processes = [home.python(code) for code in codes]
	words = []
	for process in processes:
		out, err = process.communicate(timeout=120)
		assert process.returncode == 0, err.decode()
		words.append(out.decode().split())
	frappe.db.rollback()
	return words
