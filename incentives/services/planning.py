"""Plans: save a draft, publish a version, say whom it pays."""

from dataclasses import replace
from datetime import date
from hashlib import sha256

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language

from common import audit
from common.locks import transaction_lock
from incentives.calc import Plan as Document
from incentives.calc import check_examples, parse_plan
from incentives.calc.profile import Finding, profile_of
from incentives.calc.profile_checks import check_profile
from incentives.gathering.deciding import unknown_weights
from incentives.gathering.inputs import kpis_read, types_named
from incentives.models import PayPeriod, Plan, PlanAssignment, PlanVersion
from incentives.plans.facts import facts_for
from incentives.plans.known import reviewed
from incentives.services.continuing import later_totals_cut_off, totals_cut_off
from incentives.services.moving import period_of
from kernel.documents import load_text
from kernel.issues import N_, Invalid, Issue, Level, Place, error
from kpis import queries as kpis
from people import queries as people
from people.models import Person, Right, Role, User


def read_document(text: str) -> Document:
    """The plan that a document states; `Invalid` with every issue, failing examples included."""
    plan = parse_plan(text)
    written = load_text(text)
    noted = reviewed(plan, written)
    failing = [*check_examples(plan), *_check_types(plan)]
    failing += [replace(one, place=written.place(one.place.path)) for one in unknown_weights(plan)]
    failing += [issue for issue in noted if issue.level is Level.ERROR]
    if failing:
        raise Invalid(failing)
    return plan


def _check_types(plan: Document) -> list[Issue]:
    """A measure of any type beside one that names its type would also count what that one reads."""
    named = types_named(plan)
    if not any(named.values()):
        return []
    return [
        error(
            "plan.type_missing",
            N_("The measure {measure} does not say which type of record it counts; others do."),
            N_("Add the condition attribute: type, is: deal_won (or another type) to `where`."),
            Place(path=f"measures.{key}"),
            measure=key,
        )
        for key, types in named.items()
        if not types
    ]


def _refuse_foreign(plan: Document, day: date) -> None:
    """`Invalid` for what no run of this company could calculate or post to the ledger.

    Another currency, unknown KPIs, names that are too long: one payee who cannot be calculated
    ends the run of everybody, so it is said here.
    """
    currency = people.company().currency
    issues: list[Issue] = []
    if plan.currency != currency:
        issues.append(_other_currency(plan.currency, currency))
    issues += _too_long(plan)
    for key in sorted(kpis_read(plan)):
        try:
            kpis.catalogue(day).kpi(key)
        except Invalid as unknown:
            issues += [issue.at(Place(path="measures")) for issue in unknown.issues]
    if issues:
        raise Invalid(issues)


LONGEST_KEY, LONGEST_COMPONENT, LONGEST_NAME = 50, 80, 200


def _too_long(plan: Document) -> list[Issue]:
    """What the tables of plans and of the ledger have no room for."""
    texts = [("key", plan.key, LONGEST_KEY)]
    texts += [(f"name.{one}", text, LONGEST_NAME) for one, text in plan.name.items()]
    for number, part in enumerate(plan.components):
        path = f"components[{number}]"
        texts.append((f"{path}.key", part.key, LONGEST_COMPONENT))
        texts += [(f"{path}.name.{one}", text, LONGEST_NAME) for one, text in part.name.items()]
    return [
        error(
            "plan.too_long",
            N_("This text has {found} characters; there is room for {most}."),
            N_("Shorten it."),
            Place(path=path),
            found=len(text),
            most=most,
        )
        for path, text, most in texts
        if len(text) > most
    ]


def _other_currency(found: str, company: str) -> Issue:
    return error(
        "plan.other_currency",
        N_("The plan pays in {found}, the company counts in {company}."),
        N_("Write {company}: amounts of other currencies are not converted here."),
        Place(path="currency"),
        found=found,
        company=company,
    )


@transaction.atomic
def save_plan(*, actor: User | None, document: str, valid_from: date) -> PlanVersion:
    """Save a document as the draft of its plan (named by its `key`), a new plan when unknown.

    There is at most one draft per plan; saving again replaces it. `Invalid` when the document is
    not a plan of this company or one of its examples fails: a draft can be published as it stands.
    """
    read = read_document(document)
    _refuse_foreign(read, valid_from)
    transaction_lock("plan", read.key)
    plan, _ = Plan.objects.update_or_create(
        key=read.key, defaults={"name_fr": read.name["fr"], "name_en": read.name["en"]}
    )
    draft = plan.versions.filter(state=PlanVersion.State.DRAFT).first()
    before = None if draft is None else {"sha256": draft.sha256, "valid_from": draft.valid_from}
    if draft is None:
        last = plan.versions.order_by("-number").values_list("number", flat=True).first()
        draft = PlanVersion(plan=plan, number=(last or 0) + 1, created_by=actor)
    draft.document = document
    draft.sha256 = sha256(document.encode()).hexdigest()
    draft.valid_from = valid_from
    draft.period_kind = read.period
    draft.save()
    audit.record(
        actor=actor,
        action="plan.save",
        subject=draft,
        before=before,
        after={"sha256": draft.sha256, "valid_from": valid_from},
    )
    return draft


@transaction.atomic
def publish_plan(*, actor: User | None, version_id: int, reason: str = "") -> PlanVersion:
    """Publish a draft: from now on it never changes, and periods from `valid_from` on use it.

    `Invalid` when another published version starts on the same day, and with everything that the
    legal profile of the company's country blocks; also with its warnings, as long as no `reason`
    is given why they are accepted. What was confirmed, and why, is in the audit log. Publishing a
    published version again changes nothing.
    """
    version = PlanVersion.objects.select_for_update().select_related("plan").get(pk=version_id)
    if version.state == PlanVersion.State.PUBLISHED:
        return version
    _refuse_foreign(read_document(version.document), version.valid_from)
    if version.plan.versions.filter(
        state=PlanVersion.State.PUBLISHED, valid_from=version.valid_from
    ).exists():
        raise Invalid(_same_start(version))
    _refuse_torn_period(version)
    _refuse_cut_totals(version)
    confirmed = _confirmed(actor, version, reason)
    version.state = PlanVersion.State.PUBLISHED
    version.published_at = timezone.now()
    version.save(update_fields=["state", "published_at"])
    audit.record(
        actor=actor,
        action="plan.publish",
        subject=version,
        after={"sha256": version.sha256, "valid_from": version.valid_from, **confirmed},
        reason=reason.strip(),
    )
    return version


def _refuse_cut_totals(version: PlanVersion) -> None:
    """Running totals go on from the version before, and into the next one that is published."""
    before = _version_before(version)
    issues = [] if before is None else totals_cut_off(before, version)
    later = _published(version).filter(valid_from__gt=version.valid_from).order_by("valid_from")
    after = later.first()
    terms = None if after is None else _read_again(after)
    if after is not None and terms is not None:
        issues += later_totals_cut_off(before, version, after.valid_from, terms)
    if issues:
        raise Invalid(issues)


def _refuse_torn_period(version: PlanVersion) -> None:
    """A plan goes over to another kind of period between two periods of both kinds.

    Otherwise nobody would pay the rest of a quarter that its months have begun, or the months of
    a quarter that is paid as a whole.
    """
    published = _published(version)
    before = published.filter(valid_from__lt=version.valid_from).order_by("-valid_from").first()
    after = published.filter(valid_from__gt=version.valid_from).order_by("valid_from").first()
    issues = [
        _torn(earlier, later)
        for earlier, later in ((before, version), (version, after))
        if earlier is not None and later is not None and _tears(earlier, later)
    ]
    if issues:
        raise Invalid(issues)


def _tears(earlier: PlanVersion, later: PlanVersion) -> bool:
    kinds = {earlier.period_kind, later.period_kind}
    if len(kinds) == 1 or "any" in kinds:
        return False
    first = people.company().fiscal_year_start_month
    day = later.valid_from
    return any(period_of(kind, day, first).start != day for kind in kinds)


def _torn(earlier: PlanVersion, later: PlanVersion) -> Issue:
    words = {key: str(text) for key, text in PayPeriod._meta.get_field("kind").flatchoices}
    first = people.company().fiscal_year_start_month
    ends = [
        period_of(kind, later.valid_from, first).end
        for kind in (earlier.period_kind, later.period_kind)
    ]
    return error(
        "plan.kind_in_period",
        N_("The plan would go over from {before} to {after} on {day}, in the middle of a period."),
        N_("Let the new version start on {first_day}: there a period of both kinds begins."),
        Place(path="valid_from"),
        before=words[earlier.period_kind],
        after=words[later.period_kind],
        day=later.valid_from,
        first_day=max(ends),
    )


def _confirmed(actor: User | None, version: PlanVersion, reason: str) -> dict[str, object]:
    """What the profile warned of and somebody accepted; `Invalid` where that is not enough."""
    is_hr = actor is not None and Right.HR in actor.rights
    findings = profile_findings(version, with_pay=is_hr)
    grave = [one for one in findings if one.blocks]
    warned = [one for one in findings if one.warns]
    if grave or (warned and not reason.strip()):
        language = get_language() or "en"
        issues = [one.issue(language) for one in (*grave, *warned)]
        raise Invalid(issues if grave else [*issues, _unconfirmed(len(warned))])
    return {"confirmed": list(dict.fromkeys(one.code for one in warned))} if warned else {}


def _unconfirmed(count: int) -> Issue:
    return error(
        "plan.unconfirmed",
        N_("The legal profile has warnings that nobody has accepted yet: {count}."),
        N_("Correct the plan, or publish it with a reason why they are accepted."),
        count=count,
    )


def profile_findings(version: PlanVersion, *, with_pay: bool) -> tuple[Finding, ...]:
    """What the legal profile of the company's country says of a version, given the one before.

    Also who would be told it too late, and which share of pay is fixed: amounts and shares only
    for who may know what people get (`with_pay`). Empty when there is no profile of that country.
    `Invalid` when the document is no plan.
    """
    company = people.company()
    profile = profile_of(company.country)
    if profile is None:
        return ()
    plan = version.terms()
    return check_profile(
        profile,
        plan,
        _version_before(version),
        facts_for(version, plan, with_pay=with_pay),
        load_text(version.document),
    )


def _version_before(version: PlanVersion) -> Document | None:
    """The published version that this one follows; None when it cannot be read any more."""
    earlier = _published(version).filter(valid_from__lt=version.valid_from)
    before = earlier.order_by("-valid_from").first()
    return None if before is None else _read_again(before)


def _published(version: PlanVersion) -> QuerySet[PlanVersion]:
    """All published versions of the version's plan."""
    return version.plan.versions.filter(state=PlanVersion.State.PUBLISHED)


def _read_again(version: PlanVersion) -> Document | None:
    """The terms of a published version; None when it was written for an earlier engine."""
    try:
        return version.terms()
    except Invalid:
        return None


def _same_start(version: PlanVersion) -> Issue:
    return error(
        "plan.same_start",
        N_("Another published version of {plan} starts on {day}."),
        N_("Let the new version start on another day, the first of a later period."),
        Place(path="valid_from"),
        plan=version.plan.key,
        day=version.valid_from,
    )


@transaction.atomic
def assign_plan(
    *,
    actor: User | None,
    plan_key: str,
    valid_from: date,
    valid_to: date | None = None,
    role_key: str | None = None,
    person_id: int | None = None,
) -> PlanAssignment:
    """Say that a role, or one person, is paid by a plan from a day on.

    An assignment that is still open is closed on that day. `Invalid` when another one lies in the
    way, or when neither or both of role and person are given.
    """
    if (role_key is None) == (person_id is None):
        raise Invalid(
            error(
                "plan.assignee",
                N_("A plan is given to a role or to one person."),
                N_("Choose exactly one of the two."),
            )
        )
    subject: dict[str, object] = (
        {"person": Person.objects.get(pk=person_id)}
        if person_id is not None
        else {"role": Role.objects.get(key=role_key)}
    )
    transaction_lock("plan_assignment", role_key or f"person {person_id}")
    plan = Plan.objects.get(key=plan_key)
    held = PlanAssignment.objects.filter(**subject)
    held.filter(valid_to__isnull=True, valid_from__lt=valid_from).update(valid_to=valid_from)
    later = held.filter(valid_from__gte=valid_from).order_by("valid_from").first()
    if later is not None and (valid_to is None or later.valid_from < valid_to):
        raise Invalid(
            error(
                "plan.assignment_in_the_way",
                N_("From {day} on a plan is already assigned."),
                N_("End the new assignment on that day, or choose a later start."),
                Place(path="valid_from"),
                day=later.valid_from,
            )
        )
    made = PlanAssignment.objects.create(
        plan=plan, valid_from=valid_from, valid_to=valid_to, **subject
    )
    audit.record(
        actor=actor,
        action="plan.assign",
        subject=made,
        after={"plan": plan_key, "role": role_key, "person": person_id, "from": valid_from},
    )
    return made
