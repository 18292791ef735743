"""Django's admin and REST framework over MongoEngine documents, by models that mirror them."""

from config.mirror.factory import mirror
from config.mirror.rows import mirror_rows
from config.mirror.writes import ChangedMeanwhile, DocumentGone

__all__ = ["ChangedMeanwhile", "DocumentGone", "mirror", "mirror_rows"]
