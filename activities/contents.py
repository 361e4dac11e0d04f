"""From an input to the content that is stored: every issue of a row at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from activities.attributes import attributes_of
from activities.findings import Findings
from activities.inputs import ActivityInput, CreditInput
from activities.models import ActivityType
from activities.references import Accounts, People, Products, Types
from activities.revisions import Content, CreditPart
from kernel.issues import N_, Invalid, Issue, Place, error, warning
from kernel.money import Money, allocate, digits_of
from kernel.numbers import Rounding, as_text, round_integer, round_to

FIRST_YEAR, LAST_YEAR = 1970, 2199
LARGEST_MINOR = 2**62
SHARE_PLACES = 8


@dataclass(frozen=True, slots=True)
class References:
    """What the rows of one call may refer to."""

    people: People
    types: Types
    accounts: Accounts
    products: Products
    deals: Mapping[str, int]
    currency: str
    now: datetime


def content_of(row: ActivityInput, refs: References) -> tuple[Content | None, tuple[Issue, ...]]:
    """The content that `row` stands for, or None with all reasons; warnings come with content."""
    findings = Findings(row.place, row.unread)
    kind = findings.keep(refs.types.find(row.type, findings.at("type")))
    product_id = findings.keep(refs.products.find(row.product, findings.at("product")))
    deal_id = _deal(row.deal, refs, findings)
    occurred_at = checked_moment(row.occurred_at, "occurred_at", refs.now, findings)
    amount_minor = minor_units(row.amount, row.currency, refs.currency, findings)
    credits = _credits(row, refs.people, amount_minor, findings)
    attributes = attributes_of(row.attributes, kind, findings) if kind is not None else ()
    if kind is not None and occurred_at is not None:
        findings.issues += _retired(kind, occurred_at, findings.at("type"))
    if kind is None or occurred_at is None or findings.stop:
        return None, tuple(findings.issues)
    content = Content(
        type=kind.key,
        occurred_at=occurred_at,
        account_id=refs.accounts.find(row.account),
        deal_id=deal_id,
        product_id=product_id,
        amount_minor=amount_minor,
        currency=row.currency if amount_minor is not None else "",
        attributes=attributes,
        credits=credits,
    )
    return content, tuple(findings.issues)


def _retired(kind: ActivityType, occurred_at: datetime, place: Place) -> list[Issue]:
    """A retired kind takes what happened before, however late it arrives, and nothing after."""
    if kind.retired_at is None or occurred_at < kind.retired_at:
        return []
    return [
        error(
            "retired_type",
            N_('The type "{found}" was retired before this happened.'),
            N_("Use another type, or bring this one back on the page of activity types."),
            place,
            found=kind.key,
        )
    ]


def _deal(text: str, refs: References, findings: Findings) -> int | None:
    if not text:
        return None
    if text not in refs.deals:
        findings.issues.append(
            error(
                "unknown_deal",
                N_('There is no deal "{found}" from this source.'),
                N_("Send the deal first, or leave the field empty."),
                findings.at("deal"),
                found=text,
            )
        )
    return refs.deals.get(text)


def checked_moment(
    moment: datetime | None, name: str, now: datetime, findings: Findings
) -> datetime | None:
    """The moment in UTC; one that is missing or absurd is an error, a future one a warning."""
    place = findings.at(name)
    if moment is None:
        findings.issues.append(
            error(
                "missing_date",
                N_("The date is missing."),
                N_("Give date and time, for example 2026-11-20T14:05:00+01:00."),
                place,
            )
        )
        return None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        findings.issues.append(
            error(
                "date_out_of_range",
                N_("The year {year} cannot be right."),
                N_("Check the date and its format."),
                place,
                year=moment.year,
            )
        )
        return None
    if moment > now:
        findings.issues.append(
            warning(
                "future_date",
                N_("The date is in the future: {date}."),
                N_("Leave it if that is meant; it counts from that day on."),
                place,
                date=moment.isoformat(),
            )
        )
    return moment.astimezone(UTC)


def minor_units(
    amount: Fraction | None, currency: str, company: str, findings: Findings, name: str = "amount"
) -> int | None:
    """The amount in minor units of the company's currency, exact, or None."""
    if amount is None and name not in findings.unread:
        return None
    place = findings.at(name)
    issue = _currency_issue(currency, company, findings)
    if issue is not None:
        findings.issues.append(issue)
        if currency:
            return None
    if amount is None:
        return None
    try:
        # without a currency it can only be the company's: what else is wrong is told at once
        minor = Money.of(amount, currency or company, place=place).minor
    except Invalid as invalid:
        findings.issues.extend(invalid.issues)
        return None
    if abs(minor) > LARGEST_MINOR:
        findings.issues.append(
            error(
                "amount_too_large",
                N_("The amount {amount} is too large to be stored."),
                N_("Check the number of digits."),
                place,
                amount=as_text(amount),
            )
        )
        return None
    return minor


def _currency_issue(currency: str, company: str, findings: Findings) -> Issue | None:
    if not currency:
        return error(
            "amount_without_currency",
            N_("An amount needs a currency."),
            N_('Give the currency beside the amount, for example "{company}".'),
            findings.at("currency"),
            company=company,
        )
    try:
        digits_of(currency, findings.at("currency"))
    except Invalid as invalid:
        return invalid.issues[0]
    if currency != company:
        return error(
            "other_currency",
            N_("The amount is in {currency}, the company counts in {company}."),
            N_("Convert the amount to {company} first; currencies are not converted here."),
            findings.at("currency"),
            currency=currency,
            company=company,
        )
    return None


def _credits(
    row: ActivityInput, people: People, amount_minor: int | None, findings: Findings
) -> tuple[CreditPart, ...]:
    shares = row.shares
    if not shares:
        findings.issues.append(
            error(
                "missing_person",
                N_("Nobody is credited."),
                N_("Give a person, or credits with a person and a share each."),
                findings.at("person"),
            )
        )
        return ()
    ids = _people_of(shares, people, bool(row.credits), findings)
    issue = _share_issue(shares, row.double_credit, findings)
    if issue is not None:
        findings.issues.append(issue)
    if issue is not None or len(ids) != len(shares):
        return ()
    amounts = _amounts(shares, amount_minor, double=row.double_credit)
    parts = zip(ids, shares, amounts, strict=True)
    return tuple(
        sorted(
            (CreditPart(who, round_to(one.share, SHARE_PLACES), part) for who, one, part in parts),
            key=lambda part: part.person_id,
        )
    )


def _people_of(
    shares: Sequence[CreditInput], people: People, is_list: bool, findings: Findings
) -> list[int]:
    ids: list[int] = []
    for index, one in enumerate(shares):
        place = findings.at(f"credits[{index}].person" if is_list else "person")
        person_id = findings.keep(people.find(one.person, place))
        if person_id in ids:
            findings.issues.append(
                error(
                    "person_credited_twice",
                    N_('"{person}" is credited twice.'),
                    N_("Add the shares up in one credit."),
                    place,
                    person=one.person,
                )
            )
        elif person_id is not None:
            ids.append(person_id)
    return ids


def _share_issue(shares: Sequence[CreditInput], double: bool, findings: Findings) -> Issue | None:
    place = findings.at("credits")
    tiniest = Fraction(1, 10**SHARE_PLACES)
    if any(not tiniest <= one.share <= 1 for one in shares):
        return error(
            "share_out_of_range",
            N_("A share is not between 0 and 1."),
            N_("Write shares as parts of 1: 0.5 is half."),
            place,
        )
    total = sum((one.share for one in shares), Fraction(0))
    if total != 1 and not double:
        return error(
            "shares_do_not_sum",
            N_("The shares sum to {total}, not to 1."),
            N_("Correct the shares, or state double_credit: true when each is credited apart."),
            place,
            total=as_text(total),
        )
    return None


def _amounts(
    shares: Sequence[CreditInput], amount_minor: int | None, *, double: bool
) -> list[int | None]:
    """Parts that sum exactly to the amount; with double credit each part is rounded by itself."""
    if amount_minor is None:
        return [None] * len(shares)
    if double:
        return [round_integer(amount_minor * one.share, Rounding.HALF_UP) for one in shares]
    return list(allocate(amount_minor, [one.share for one in shares]))
