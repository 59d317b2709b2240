"""Reading the reference into a schema, and a schema into C tables."""
