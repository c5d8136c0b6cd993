"""Orders that become others: split into parts, merged, and back again. Each is one transaction."""
