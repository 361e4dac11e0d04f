"""The mail about reviews that are due, as the worker sends it."""

import pytest
import time_machine
from django.core import mail

from cockpit.tasks import remind_reviews
from people.models import User
from tests.kpis.crew import at, make_crew


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("fr", ["Bonjour Inès Roy,", "North - Revue de la semaine, 16–22 mars 2026"]),
        ("en", ["Hello Inès Roy,", "North - Weekly review, 16–22 Mar 2026"]),
    ],
)
def test_the_mail_is_in_the_language_of_its_reader(
    db: None, language: str, lines: list[str]
) -> None:
    crew = make_crew()
    ines = crew.user_of(crew.ines)
    User.objects.filter(pk=ines.pk).update(language=language)
    with time_machine.travel(at("2026-03-24 12:00"), tick=False):
        assert (remind_reviews(), remind_reviews()) == (1, 0)
    (sent,) = mail.outbox
    assert sent.to == [ines.email]
    assert sent.subject.startswith("3 ")
    said = sent.body.replace("\u2009", " ").replace("\xa0", " ").splitlines()
    assert [line for line in lines if line not in said] == [], sent.body
    assert f"/reviews/team-{crew.north.pk}/weekly/2026-03-16/" in sent.body
