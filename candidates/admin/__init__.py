"""The admin pages of candidates and of the suppression list; importing this package registers them."""

from candidates.admin import candidates as candidates
from candidates.admin import suppression as suppression
