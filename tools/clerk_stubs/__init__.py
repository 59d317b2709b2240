"""Type stubs of clerk_c from the schema."""
