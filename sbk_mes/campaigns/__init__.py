"""Campaigns: orders share the setup of a resource, their documents, lots and cost stay apart. SPEC 3.10."""
