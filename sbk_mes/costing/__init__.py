"""Money of an order: plan, ledger, hours charged, settlement."""
