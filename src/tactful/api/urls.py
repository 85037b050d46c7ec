"""The addresses by which other machines tell us things, besides the collection endpoint."""

from django.urls import URLPattern, path

from tactful.api import hooks

urlpatterns: list[URLPattern] = [
    path("hooks/mail/<slug:provider>/<str:secret>/", hooks.tracking, name="hook"),
    path("hooks/mail/<slug:provider>/<str:secret>/inbound/", hooks.mail, name="hook-inbound"),
]
