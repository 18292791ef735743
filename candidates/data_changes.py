"""The data changes of candidates, by name in the order of all apps' (see config.mongo.data_changes)."""

from candidates.suppression.earlier import write_earlier_refusals
from config.mongo.data_changes import DataChange

CHANGES = (DataChange("0001_suppress_earlier_refusals", write_earlier_refusals),)
