"""Every URL of the one port that Django answers. The collection endpoint is answered before Django."""

from django.urls import include, path

urlpatterns = [
    path("", include("tactful.public.urls")),
    path("", include("tactful.web.urls")),
]
