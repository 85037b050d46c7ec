"""The addresses that customers get. They stand in sent messages for ever: never change one."""

from django.urls import URLPattern, path, re_path

from tactful.public import images, views

urlpatterns: list[URLPattern] = [
    path("p/<str:token>", views.preferences, name="public-preferences"),
    path("u/<str:token>", views.unsubscribe, name="public-unsubscribe"),
    path("w/<str:token>", views.why, name="public-why"),
    path("l/<str:token>", views.link, name="public-link"),
    path("o/<str:token>.gif", views.pixel, name="public-pixel"),
    re_path(r"^i/(?P<digest>[0-9a-f]{32})\.(?P<kind>[a-z]{3,4})$", images.image, name="public-image"),
    path("public.css", views.style, name="public-style"),
]
