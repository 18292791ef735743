"""Breaks everything that can break while calls go on, and audits what became of them: `make torture`."""
