"""Django's admin over MongoEngine documents, by unmanaged Django models that mirror them.

How to use it. In the `models.py` of an installed app, documents that others refer to first:

    from config.mirror import mirror, mirror_embedded_rows

    Candidate = mirror(documents.Candidate, __name__, folded=["search_words"],
                       meta={"permissions": [("start_call", "Can start a call")]})
    CallAttempt = mirror_embedded_rows(Candidate, "call_tracking_call_history", __name__)

and in its `admin.py`, before the ModelAdmin of Django or of a skin:

    from config.mirror.admin import MirrorAdmin, MirrorInline

    class CallAttemptInline(MirrorInline, admin.TabularInline):
        model = CallAttempt
        editable = False

    @admin.register(Candidate)
    class CandidateAdmin(MirrorAdmin, admin.ModelAdmin):
        list_display = ("name", "call_tracking_status", "created_at")
        list_filter = ("call_tracking_status",)
        search_fields = ("search_words",)
        date_hierarchy = "created_at"
        ordering = ("-created_at",)
        inlines = (CallAttemptInline,)

What a mirror is. A real model in the app registry, so that content types, permissions, history, groups,
autocomplete and serializers work as with any other; it has no table, needs no migration (keep the app without a
`migrations` package) and reads and writes the documents. Embedded documents are flattened: `call_tracking_status`
is `call_tracking.status`. Ids are 24 hexadecimal digits. A reference to a mirrored document is a ForeignKey, and
deletes as its `reverse_delete_rule` says (CASCADE; DENY is PROTECT; NULLIFY is SET_NULL); one to a document that
has no mirror yet is its id. Lists of texts are `WordsField`, everything else of a nested shape is `AnyField`,
read-only where it holds embedded documents; rows of those are edited in a MirrorInline. Bytes and files are left
out. `instance.document` is the stored document, `Model.from_document(document)` the other way.

What it does.
- filter, exclude, Q, order_by, slices, get, first, last, count, exists, in_bulk, values, values_list, distinct,
  defer, only, select_related, prefetch_related, iterator, create, get_or_create, update, delete, dates, datetimes,
  aggregate (Count with filter, Min, Max, Sum, Avg), explain; all field lookups, `__year` and `__date`; `field__key`
  inside nested values; related documents both ways (`author__name`, `book__title`): their ids are looked up first.
- `where({...})` takes a raw filter, `capped(n)` counts up to n ("1,000+"), `settled()` looks related ids up now.
- Negation is the plain opposite: what has no value is not equal to any. (SQL leaves such rows out here and there.)
- `count()` of everything is MongoDB's estimate, which an unclean shutdown or orphans of a shard can make wrong.
- save() writes what was changed since it was read, provided nobody else changed that meanwhile (`ChangedMeanwhile`)
  and the document is still there (`DocumentGone`); it is never brought back. The document's own clean() and
  validation run; its errors come as Django's ValidationError on the flattened field; those it had before do not
  matter.
- A mirror given a `writer` has it write what save() saves, so that more may be written in the same transaction.
- update() checks each value by its field, and does not run clean(). delete() follows the document's rules.
- Neither sends Django's or (but for inserting) MongoEngine's signals.

What it refuses, with NotSupportedError that says what to do instead: annotate, alias, extra, raw, union,
intersection, difference, select_for_update, update_or_create, bulk_create, bulk_update, F() and other expressions,
ordering and values across relations, `__month` and the like alone, negation and mixtures of conditions on several
related documents. Not supported: loaddata, and foreign keys of SQL models to mirrors.

What runs on an index, if the document declares it:
- a list in its ordering, by (key, _id) with both keys of one direction: `("-created_at", "-id")`;
- the same filtered, by ("status", "-created_at", "-id"); facets of two filters, by ("genre", "status");
- sorting by a column: MirrorAdmin offers that where an index (column, _id) is, or the column is unique;
- searching by the beginning of a text stored folded, or of any word of a stored list of words: name the field in
  `folded` (with the function that folds, str.lower if none is given) and index it. What is typed is folded the same
  way. A name that is not folded is searched by `icontains`, as ever, which reads everything;
- date drill-down, which steps over the index of its field, and counts, which stop at `list_count_limit`. Filters on
  a ForeignKey list all there is to choose: for large collections take autocomplete or no filter.

mongomock serves all but aggregate(Count), which facets use.
"""

from config.mirror.embedded_rows import mirror_embedded_rows
from config.mirror.factory import mirror
from config.mirror.writes import ChangedMeanwhile, DocumentGone, Writer

__all__ = ["ChangedMeanwhile", "DocumentGone", "Writer", "mirror", "mirror_embedded_rows"]
