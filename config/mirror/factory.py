"""mirror() makes the unmanaged Django model that stands for a MongoEngine document."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import models
from mongoengine import Document, ReferenceField
from mongoengine.errors import NotRegistered

from config.mirror import derive
from config.mirror.field_paths import FieldPath, chains
from config.mirror.model import Mirrored, MirrorModel
from config.mirror.writes import Writer

MIRRORS: dict[type[Document], type[MirrorModel]] = {}


def mirror(
    document: type[Document],
    module: str,
    *,
    meta: Mapping[str, Any] | None = None,
    folded: Mapping[str, Callable[[str], str]] | Iterable[str] = (),
    writer: Writer | None = None,
) -> type[MirrorModel]:
    """Return the Django model that stands for a document; `module` is the caller's `__name__`.

    Fields are named by their path: `call_tracking_status`. `folded` names the texts (or lists of texts) that are
    stored folded, lower-cased or by the function given, so that prefix searches run on their index. `writer` writes
    what save() saves.
    """
    folds = folded if isinstance(folded, Mapping) else dict.fromkeys(folded, str.lower)
    field_paths = named_field_paths(document, folds)
    check_known({*folds} - {*field_paths})
    check_reserved(field_paths, MirrorModel)
    made = derived_fields(document, field_paths)
    by_attname = {(f"{key}_id" if field.is_relation else key): field_paths[key] for key, field in made.items()}
    # Django's own base manager is a plain one: following a foreign key would ask the SQL database
    options = {"managed": False, "base_manager_name": "objects", "default_manager_name": "objects"}
    options |= {"ordering": ordering(document, by_attname), "unique_together": unique_together(document, made)}
    mirrored = Mirrored(document, by_attname, writer or Writer())
    namespace = {"__module__": module, "__doc__": document.__doc__, "mirrored": mirrored}
    namespace |= made | {"Meta": type("Meta", (), options | dict(meta or {}))}
    MIRRORS[document] = type(document.__name__, (MirrorModel,), namespace)
    return MIRRORS[document]


def named_field_paths(document: type[Document], folds: Mapping[str, Callable[[str], str]]) -> dict[str, FieldPath]:
    """Return the field paths of a document by field name. :raises ImproperlyConfigured: two have the same name."""
    field_paths: dict[str, FieldPath] = {}
    for chain in chains(document):
        name = derive.field_name(FieldPath(chain))
        if name in field_paths:
            raise ImproperlyConfigured(f"{document.__name__} has two fields that flatten to {name!r}.")
        field_paths[name] = FieldPath(chain, folds.get(name))
    return field_paths


def check_known(names: set[str]) -> None:
    """Refuse names that are no fields. :raises ImproperlyConfigured: there are some."""
    if names:
        raise ImproperlyConfigured(f"The document has no {', '.join(sorted(names))}; fields are named by their path.")


def check_reserved(names: Iterable[str], model: type[MirrorModel], *others: str) -> None:
    """Refuse fields that would hide what a mirror needs itself. :raises ImproperlyConfigured: there are some."""
    taken = sorted(name for name in names if name in others or hasattr(model, name))
    if taken:
        raise ImproperlyConfigured(f"A mirror cannot have fields named {', '.join(taken)}.")


def derived_fields(document: type[Document], field_paths: Mapping[str, FieldPath]) -> dict[str, models.Field]:
    """Return the Django fields of a mirror by name."""
    made: dict[str, models.Field] = {}
    pointed_at: Counter[Any] = Counter()
    for name, field_path in field_paths.items():
        target = target_of(field_path, document)
        if field_path.path == "_id":
            made[name] = derive.primary_key(field_path)
        elif target:
            pointed_at[target] += 1
            related_name = f"{document.__name__.lower()}s_by_{name}" if pointed_at[target] > 1 else None
            made[name] = derive.foreign_key(field_path, target, related_name)
        elif field := derive.field_for(field_path, unique=(field_path.path,) in unique_keys(document)):
            made[name] = field
    return made


def target_of(field_path: FieldPath, document: type[Document]) -> type[MirrorModel] | str | None:
    """Return the mirror that a reference points to, None for what is no reference or to no mirror yet."""
    if not isinstance(field_path.leaf, ReferenceField):
        return None
    try:
        target = field_path.leaf.document_type
    except NotRegistered:
        return None
    return "self" if target is document else MIRRORS.get(target)


def unique_keys(document: type[Document]) -> set[tuple[str, ...]]:
    """Return the paths that must be unique together, over the whole collection."""
    return {
        tuple(path for path, _ in spec["fields"])
        for spec in document._meta.get("index_specs", ())
        if spec.get("unique") and "partialFilterExpression" not in spec
    }


def unique_together(document: type[Document], made: Mapping[str, models.Field]) -> list[tuple[str, ...]]:
    """Return what is unique together as Django takes it."""
    names = {field.db_column: name for name, field in made.items()}
    return sorted(
        tuple(names[path] for path in paths)
        for paths in unique_keys(document)
        if len(paths) > 1 and names.keys() >= set(paths)
    )


def ordering(document: type[Document], field_paths: Mapping[str, FieldPath]) -> list[str]:
    """Return the document's own ordering by mirror fields, the newest first where it has none."""
    names = {".".join(field_path.names): name for name, field_path in field_paths.items()}
    wanted = [(item[0] if item[0] in "+-" else "", item.lstrip("+-").replace("__", ".")) for item in own(document)]
    return [sign.strip("+") + names[path] for sign, path in wanted if path in names] or ["-pk"]


def own(document: type[Document]) -> Iterable[str]:
    return document._meta.get("ordering") or ()
