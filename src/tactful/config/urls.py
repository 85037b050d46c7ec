"""Every URL of the one port that Django answers. The collection endpoint is answered before Django."""

from django.urls import include, path

urlpatterns = [
    path("", include("tactful.api.urls")),
    path("", include("tactful.public.urls")),
    path("", include("tactful.web.urls")),
]

handler403 = "tactful.web.views.errors.forbidden"
handler404 = "tactful.web.views.errors.not_found"
handler500 = "tactful.web.views.errors.broken"
