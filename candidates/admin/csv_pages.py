"""The admin pages that import candidates from a CSV file, after a preview, and export them as one."""

import io
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from candidates.admin.forms import UploadForm
from candidates.csv.documents import ImportFile
from candidates.csv.exports import COLUMNS, csv_lines
from candidates.csv.imports import (
    BATCH,
    OPTIONAL,
    REQUIRED,
    RUN_AGAIN,
    Row,
    UnreadableFile,
    import_rows,
    read_rows,
    suppressed_note,
)
from candidates.documents import Candidate
from candidates.suppression import refused_among
from config.mongo.ids import object_id
from config.security.model_admin import ModelAdmin

LIST, UPLOAD = "admin:candidates_candidate_changelist", "admin:candidates_candidate_import"
PREVIEW, EXPORT = "admin:candidates_candidate_import_preview", "admin:candidates_candidate_export"
SHOWN_ROWS, MAX_SHOWN_ERRORS = 10, 100
SHOWN = REQUIRED + OPTIONAL[:4]


@dataclass
class Preview:
    """The first good rows and the first errors of a file; `unreadable` says why it cannot be read any further.

    `suppressed` counts the good rows whose numbers are on the suppression list; some may be candidates already.
    """

    good: int = 0
    bad: int = 0
    suppressed: int = 0
    first: list[Candidate] = field(default_factory=list)
    errors: list[Row] = field(default_factory=list)
    unreadable: str = ""


def lines_of(content: bytes) -> io.TextIOWrapper:
    """Return the lines of a file in UTF-8, with or without a byte order mark."""
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")


def preview_file(content: bytes, *, now: datetime) -> Preview:
    """Read a file without importing it."""
    preview = Preview()
    rows = read_rows(lines_of(content), now=now)
    try:
        while batch := list(islice(rows, BATCH)):
            for row in batch:
                _count(row, preview)
            preview.suppressed += len(refused_among(row.candidate.phone for row in batch if row.candidate))
    except UnreadableFile as error:
        preview.unreadable = str(error).removesuffix(RUN_AGAIN).strip()
    return preview


def _count(row: Row, preview: Preview) -> None:
    kept = preview.first if row.candidate else preview.errors
    if len(kept) < (SHOWN_ROWS if row.candidate else MAX_SHOWN_ERRORS):
        kept.append(row.candidate or row)
    preview.good += bool(row.candidate)
    preview.bad += not row.candidate


def may_import(request: HttpRequest) -> bool:
    return request.user.has_perm("candidates.import_candidates")


def _require_import_permission(request: HttpRequest) -> None:
    if not may_import(request):
        raise PermissionDenied


class CsvPages:
    """The import and export pages of a ModelAdmin, which calls `urls`, `links` and `send_file`."""

    def __init__(self, model_admin: ModelAdmin) -> None:
        self.model_admin = model_admin

    def urls(self) -> list[URLPattern]:
        view = self.model_admin.admin_site.admin_view
        return [
            path("import/", view(self.upload_view), name="candidates_candidate_import"),
            path("import/<str:file_id>/", view(self.preview_view), name="candidates_candidate_import_preview"),
            path("export/", view(self.export_view), name="candidates_candidate_export"),
        ]

    def links(self, request: HttpRequest) -> dict[str, str]:
        """Return the URLs of the list's buttons; the export takes the list's filters over."""
        shown = request.GET.urlencode()
        links = {"export_url": reverse(EXPORT) + (f"?{shown}" if shown else "")}
        return links | ({"import_url": reverse(UPLOAD)} if may_import(request) else {})

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for the file, and store it for the preview."""
        _require_import_permission(request)
        form = UploadForm(request.POST or None, request.FILES or None)
        if form.is_valid():
            file, now = form.cleaned_data["file"], timezone.now()
            kept = ImportFile(name=file.name, content=file.read(), user_id=request.user.pk, uploaded_at=now).save()
            return redirect(PREVIEW, file_id=kept.id)
        context = {"form": form, "required": ", ".join(REQUIRED), "optional": ", ".join(OPTIONAL)}
        return self._page(request, "import.html", "Import candidates", context)

    def preview_view(self, request: HttpRequest, file_id: str) -> HttpResponse:
        """Show the preview (GET) or import the file (POST); it is removed first, so that it is imported once."""
        _require_import_permission(request)
        found = ImportFile.objects(id=object_id(file_id), user_id=request.user.pk)
        kept = found.modify(remove=True) if request.method == "POST" else found.first()
        if kept is None:
            self.model_admin.message_user(request, "That file is no longer here. Choose it again.", messages.WARNING)
            return redirect(UPLOAD)
        if request.method == "POST":
            return self._import(request, kept)
        preview = preview_file(kept.content, now=timezone.now())
        tables = {
            "rows": {
                "headers": [name.replace("_", " ") for name in SHOWN],
                "rows": [shown_row(row) for row in preview.first],
            },
            "errors": {"headers": ("line", "what is wrong"), "rows": [(row.line, row.error) for row in preview.errors]},
        }
        context = {"preview": preview, "suppressed_note": suppressed_note(preview.suppressed), **tables}
        return self._page(request, "import_preview.html", f"Import {kept.name}", context)

    def _import(self, request: HttpRequest, kept: ImportFile) -> HttpResponse:
        try:
            report = import_rows(read_rows(lines_of(kept.content), now=timezone.now()), report_bad=lambda row: None)
        except UnreadableFile as error:
            self.model_admin.message_user(request, str(error), messages.ERROR)
            return redirect(UPLOAD)
        summary = f"{report.added:,} added, {report.already_there:,} already there, {report.bad:,} left out."
        summary += suppressed_note(report.suppressed)
        self._log(request, ADDITION, kept.name, f"Imported: {summary}")
        self.model_admin.message_user(request, summary, messages.WARNING if report.suppressed else messages.SUCCESS)
        return redirect(LIST)

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """Send the candidates who pass the list's filters."""
        if not self.model_admin.has_view_permission(request):
            raise PermissionDenied
        try:
            queryset = self.model_admin.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return redirect(LIST)
        return self.send_file(request, queryset)

    def send_file(self, request: HttpRequest, queryset: QuerySet) -> StreamingHttpResponse:
        """Stream candidates as a CSV file, and log who exported them."""
        name = f"candidates-{timezone.localdate()}.csv"
        self._log(request, CHANGE, name, f"Exported candidates: {request.GET.urlencode() or 'unfiltered'}.")
        lines = csv_lines(queryset.only(*COLUMNS).iterator())
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)

    def _log(self, request: HttpRequest, flag: int, what: str, message: str) -> None:
        """Log what concerns no single candidate; log_change would want one."""
        LogEntry.objects.create(
            user=request.user,
            content_type=ContentType.objects.get_for_model(self.model_admin.model),
            object_repr=what[:200],
            action_flag=flag,
            change_message=message,
        )

    def _page(self, request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
        context = {
            **self.model_admin.admin_site.each_context(request),
            "opts": self.model_admin.opts,
            "title": title,
            **context,
        }
        return TemplateResponse(request, f"admin/candidates/candidate/{template}", context)


def shown_row(candidate: Candidate) -> list[str]:
    """Return the texts of a row in the preview's table."""
    return [getattr(candidate, name) or "" for name in SHOWN]
