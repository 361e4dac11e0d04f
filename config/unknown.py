"""What answers under /api/ where nothing is: a program asked, so it is told in JSON."""

from django.http import Http404
from rest_framework.request import Request
from rest_framework.views import APIView


class UnknownAddressView(APIView):
    """404 as the API says it, in the caller's language, word for word as where a right is lacking.

    Whoever asks: a key would change nothing, and without one a 401 would promise something here.
    """

    authentication_classes = ()
    permission_classes = ()
    schema = None  # the description of the API lists what is there

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Every method, also one that no view knows, ends here."""
        raise Http404
