"""Measures clerk_c beside the official SDK and others: `python -m clerk_c.bench`.

What it needs beside clerk_c comes with `pip install clerk_c[bench]`. See docs/benchmark.md.
"""
