"""Django's admin over MongoEngine documents, by unmanaged models that mirror them; how is in docs/mirror.md."""

from config.mirror.embedded_rows import mirror_embedded_rows
from config.mirror.factory import mirror
from config.mirror.writes import ChangedMeanwhile, DocumentGone, Writer

__all__ = ["ChangedMeanwhile", "DocumentGone", "Writer", "mirror", "mirror_embedded_rows"]
