"""The calls' pages in the admin; importing them registers them."""

from calls.admin import calls as calls
