"""The candidates' pages in the admin, and those of the suppression list; importing them registers them."""

from candidates.admin import candidates as candidates
from candidates.admin import suppression as suppression
