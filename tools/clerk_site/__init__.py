"""Reference pages of the documentation site, made of schema/clerk.json."""
