"""Mail. The runtime has no account, so nothing is sent from here."""
