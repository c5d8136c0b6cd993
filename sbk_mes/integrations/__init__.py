"""Other apps on the same site whose documents are demand here."""
