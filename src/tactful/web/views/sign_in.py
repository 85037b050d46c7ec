"""In and out."""

from django.contrib.auth import views
from django.http import HttpRequest, HttpResponseBase

from tactful.web.access import everybody, staff
from tactful.web.forms import SignInForm


@everybody
def sign_in(request: HttpRequest) -> HttpResponseBase:
    view = views.LoginView.as_view(
        template_name="web/sign_in.html", authentication_form=SignInForm, redirect_authenticated_user=True
    )
    return view(request)


@staff()
def sign_out(request: HttpRequest) -> HttpResponseBase:
    return views.LogoutView.as_view()(request)
