"""The numbers that are not to be called: a refusal belongs to the number, whoever has it and whatever is deleted."""

from candidates.suppression.numbers import number_id
from candidates.suppression.services import NotSuppressed, forget_number, lift, refuse, refused_among, suppress, touch

__all__ = ["NotSuppressed", "forget_number", "lift", "number_id", "refuse", "refused_among", "suppress", "touch"]
