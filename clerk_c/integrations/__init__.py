"""Clerk in web frameworks: `clerk_c.integrations.fastapi`, `.starlette`, `.django`, `.flask` and
`.aws_lambda`. Each imports its framework; nothing else does."""
