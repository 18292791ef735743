"""System checks: what must be true before going live."""
