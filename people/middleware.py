"""The language and the time zone in which a page is said."""

from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import timezone, translation

from people import queries
from people.models import User


class UserLanguage(LocaleMiddleware):
    """After authentication: the user's own language, and the company's time zone.

    A visitor who is not signed in gets the language of the cookie or of the browser.
    """

    def process_request(self, request: HttpRequest) -> None:
        user = request.user
        if not isinstance(user, User):
            super().process_request(request)
            return
        translation.activate(user.language)
        request.LANGUAGE_CODE = translation.get_language()
        timezone.activate(queries.company().tz)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        timezone.deactivate()
        return super().process_response(request, response)
