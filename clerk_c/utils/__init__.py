"""Helpers that programs of the official SDK import from here."""
