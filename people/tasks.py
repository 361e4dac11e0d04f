"""Work of this room that happens outside a request."""

from celery import shared_task

from people import invitations


@shared_task(name="people.send_invitation", ignore_result=True)
def send_invitation(user_id: int, **_: object) -> None:
    """Mail the link by which a user sets a password. Repeating it sends another mail."""
    invitations.send(user_id)
