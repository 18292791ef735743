"""Every address of the project."""

from django.contrib import admin
from django.urls import include, path
from rest_framework.routers import DefaultRouter

from calls import api as calls
from candidates import api as candidates
from config.api import no_such_address
from interviews import api as interviews

router = DefaultRouter()
router.trailing_slash = "/?"  # a POST without it cannot be redirected
router.register("candidates", candidates.CandidateViewSet, basename="candidate")
router.register("calls", calls.CallViewSet, basename="call")
router.register("sessions", calls.SessionViewSet, basename="session")
router.register("slots", interviews.SlotViewSet, basename="slot")
router.register("interviews", interviews.InterviewViewSet, basename="interview")

urlpatterns = [
    path("twilio/", include("calls.webhooks")),  # first: a caller waits for it
    path("admin/", admin.site.urls),
    path("api/", include(router.urls)),
    path("api/<path:unknown>", no_such_address),
    path("api-auth/", include("rest_framework.urls")),
    path("phone/", include("calls.phone")),
    path("list-candidates", candidates.list_candidates),
    path("make-actual-call", calls.make_actual_call),
    path("test-call", calls.test_call),
]
