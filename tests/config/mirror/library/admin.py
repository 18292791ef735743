"""The library's admin, on a site of its own."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User

from config.mirror.admin import MirrorAdmin, MirrorInline
from tests.config.mirror.library.models import Author, Book, Loan, Publisher

site = admin.AdminSite()
site.register(User, UserAdmin)
site.register(Group, GroupAdmin)


class LoanInline(MirrorInline, admin.TabularInline):
    model = Loan


@admin.register(Author, site=site)
class AuthorAdmin(MirrorAdmin, admin.ModelAdmin):
    list_display = ("name", "email", "born_at")
    fields = ("name", "email", "born_at")
    search_fields = ("name_words",)
    date_hierarchy = "born_at"


@admin.register(Publisher, site=site)
class PublisherAdmin(MirrorAdmin, admin.ModelAdmin):
    list_display = ("name", "city")


class BorrowedFilter(admin.SimpleListFilter):
    title = "borrowed"
    parameter_name = "borrowed"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: Any, queryset: Any) -> Any:
        often = {"yes": queryset.filter(lending_total_loans__gt=0), "no": queryset.filter(lending_total_loans=0)}
        return often.get(self.value())


@admin.action(permissions=["lend"], description="Mark as lost")
def mark_lost(modeladmin: Any, request: Any, queryset: Any) -> None:
    number = queryset.update(lending_status="lost")
    modeladmin.message_user(request, f"{number} marked as lost of {queryset.count()}.")


@admin.register(Book, site=site)
class BookAdmin(MirrorAdmin, admin.ModelAdmin):
    list_display = ("title_column", "author", "lending_status", "lending_total_loans", "created_at")
    list_filter = (
        "lending_status",
        "genre",
        "in_print",
        "publisher",
        "created_at",
        BorrowedFilter,
        ("shelf", admin.EmptyFieldListFilter),
        ("edition", admin.AllValuesFieldListFilter),
    )
    list_per_page = 50
    ordering = ("-created_at",)
    date_hierarchy = "created_at"
    search_fields = ("title_folded", "^isbn", "author__name_words")
    autocomplete_fields = ("author",)
    raw_id_fields = ("translator",)
    readonly_fields = ("title_folded",)
    inlines = (LoanInline,)
    actions = (mark_lost,)

    @admin.display(ordering="title_folded", description="Title")
    def title_column(self, book: Any) -> str:
        return book.title

    def has_lend_permission(self, request: Any) -> bool:
        return request.user.has_perm("library.lend_book")
