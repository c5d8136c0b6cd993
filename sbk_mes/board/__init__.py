"""What the boards show: read only, a few statements for any number of rows."""
