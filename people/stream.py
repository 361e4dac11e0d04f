"""The one address from which a browser hears what changed."""

from asgiref.sync import sync_to_async
from django.db import connections
from django.http import Http404, HttpRequest, StreamingHttpResponse

from common import live
from people import access


async def updates(request: HttpRequest) -> StreamingHttpResponse:
    """Server-sent events for `?topic=a&topic=b`; 404 when any topic is not open to the viewer."""
    topics = await sync_to_async(_allowed_topics)(request)
    return StreamingHttpResponse(
        live.stream(topics),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _allowed_topics(request: HttpRequest) -> list[str]:
    try:
        viewer = access.viewer_in(request)
        topics = request.GET.getlist("topic")
        if viewer.user_id is None or not 0 < len(topics) <= live.MOST_TOPICS:
            raise Http404
        if not all(live.may_listen(viewer, topic) for topic in topics):
            raise Http404
        return topics
    finally:
        _release_connections()


def _release_connections() -> None:
    """A stream lasts for minutes and must not keep a connection of the pool."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
