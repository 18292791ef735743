"""The library as Django sees it."""

from config.mirror import mirror, mirror_embedded_rows
from tests.config.mirror.library import documents

Author = mirror(documents.Author, __name__, folded=["name_words"])
Publisher = mirror(documents.Publisher, __name__)
Book = mirror(
    documents.Book, __name__, folded=["title_folded", "isbn"], meta={"permissions": [("lend_book", "Can lend books")]}
)
Loan = mirror_embedded_rows(Book, "lending_loans", __name__)
