"""Scorecards: what fits on one, who changes them, and what the eleventh KPI is told."""

import pytest
from django.test import Client
from django.urls import reverse

from common.models import AuditEntry
from kernel.issues import Invalid, Level
from kpis.calc.scorecards import ENOUGH, MOST, scorecard_issues
from kpis.models import ScorecardEntry
from kpis.queries import catalogue
from kpis.queries.catalogue import scorecards
from kpis.scorecards.services import set_scorecard
from people.models import User
from tests.kpis.crew import MOVED_ON, Crew

FAMILIES = {f"k{number}": f"family {number // 2}" for number in range(20)}
KEYS = list(FAMILIES)


@pytest.mark.parametrize(
    ("count", "codes"),
    [
        (0, ["scorecards.few"]),
        (4, ["scorecards.few"]),
        (5, []),
        (ENOUGH, []),
        (8, ["scorecards.many"]),
        (MOST, ["scorecards.many"]),
        (11, ["scorecards.too_many"]),
        (20, ["scorecards.too_many"]),
    ],
)
def test_how_many_fit(count: int, codes: list[str]) -> None:
    found = scorecard_issues(KEYS[:count], FAMILIES)
    assert [issue.code for issue in found] == codes
    assert [issue.level is Level.ERROR for issue in found] == [code.endswith("too_many")
                                                               for code in codes]  # fmt: skip


def test_two_of_a_family_are_enough_and_each_stands_once() -> None:
    same = dict.fromkeys(KEYS, "one")
    crowded = scorecard_issues(KEYS[:5], same)
    assert [(one.code, one.level) for one in crowded] == [("scorecards.family", Level.INFO)]
    twice = scorecard_issues([*KEYS[1:5], KEYS[4]], FAMILIES)
    assert [(issue.code, issue.level) for issue in twice] == [("scorecards.twice", Level.ERROR)]


def eleven() -> list[str]:
    return list(catalogue(MOVED_ON).kpis)[:11]


def test_ten_are_kept_in_their_order_and_the_eleventh_is_refused(crew: Crew) -> None:
    ten = eleven()[:10]
    warnings = set_scorecard(actor=crew.admin, role_key="ae", kpi_keys=ten[::-1])
    assert "scorecards.many" in [issue.code for issue in warnings]
    assert scorecards()["ae"] == ten[::-1]
    with pytest.raises(Invalid) as refused:
        set_scorecard(actor=crew.admin, role_key="ae", kpi_keys=eleven())
    assert [issue.code for issue in refused.value.issues] == ["scorecards.too_many"]
    held = ScorecardEntry.objects.filter(role_key="ae").order_by("position")
    assert list(held.values_list("kpi__key", flat=True)) == ten[::-1]


def test_everything_that_is_wrong_is_said_at_once(crew: Crew) -> None:
    before = dict(scorecards())
    with pytest.raises(Invalid) as refused:
        set_scorecard(actor=crew.admin, role_key="seller",
                      kpi_keys=["revenue_boked", "calls_count", "calls_count"])  # fmt: skip
    assert {issue.code for issue in refused.value.issues} == {
        "scorecards.twice", "kpis.unknown_kpi", "scorecards.unknown_role",
    }  # fmt: skip
    assert dict(scorecards()) == before


def test_a_change_is_audited_once(crew: Crew) -> None:
    card = scorecards()["ae"]
    entries = AuditEntry.objects.filter(action="scorecard.set")
    set_scorecard(actor=crew.admin, role_key="ae", kpi_keys=card)
    assert not entries.exists()
    set_scorecard(actor=crew.admin, role_key="ae", kpi_keys=card[::-1])
    (entry,) = entries
    assert (entry.before, entry.after) == ({"kpis": card}, {"kpis": card[::-1]})


# --- pages -------------------------------------------------------------------------------------


def client_of(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    user.language = "en"
    user.save(update_fields=["language"])
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_an_admin_puts_a_card_together(crew: Crew) -> None:
    client, address = client_of(crew.admin), reverse("kpis:scorecard", args=["sdr"])
    assert client.get(address).context["form"]["place-calls_count"].value() == 5
    answer = client.post(address, {"place-calls_count": "1", "place-reply_rate": "2",
                                   "place-emails_count": "2"})  # fmt: skip
    assert answer["Location"] == reverse("kpis:scorecards")
    # equal places stand in the order of the dictionary
    assert scorecards()["sdr"] == ["calls_count", "emails_count", "reply_rate"]
    assert "one side only" in client.get(reverse("kpis:scorecards")).content.decode()


def test_the_page_says_why_the_eleventh_is_too_much(crew: Crew) -> None:
    client, before = client_of(crew.admin), dict(scorecards())
    places = {f"place-{key}": str(place) for place, key in enumerate(eleven(), 1)}
    answer = client.post(reverse("kpis:scorecard", args=["sdr"]), places)
    assert answer.status_code == 200
    assert "at most 10 KPIs; here are 11" in answer.content.decode()
    assert dict(scorecards()) == before


def test_a_rep_reads_the_cards_and_changes_none(crew: Crew) -> None:
    client = client_of(crew.user_of(crew.lea))
    text = client.get(reverse("kpis:scorecards")).content.decode()
    assert "Account executive" in text
    assert reverse("kpis:scorecard", args=["ae"]) not in text
    assert client.get(reverse("kpis:scorecard", args=["ae"])).status_code == 404
    assert client_of(crew.admin).get("/scorecards/nobody/").status_code == 404
