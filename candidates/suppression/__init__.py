"""The suppression list: numbers that are not to be called, whoever has them and even if the candidate is deleted."""

from candidates.suppression.numbers import number_id
from candidates.suppression.services import (
    NotSuppressed,
    NumberNotFound,
    forget_number,
    get_suppression,
    lift,
    lift_number,
    refuse,
    refused_among,
    suppress,
    suppress_number,
    touch,
)

__all__ = [
    "NotSuppressed",
    "NumberNotFound",
    "forget_number",
    "get_suppression",
    "lift",
    "lift_number",
    "number_id",
    "refuse",
    "refused_among",
    "suppress",
    "suppress_number",
    "touch",
]
