"""The ingest API: one row or thousands in, what became of each out."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Generic, TypeVar, cast

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    PolymorphicProxySerializer,
    extend_schema,
)
from rest_framework.exceptions import ParseError
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from activities.documents import read_activity, read_deal
from activities.inputs import ActivityInput, DealInput, RowResult, Status
from activities.models import Activity, Credit
from activities.queries import counted
from activities.serializers import (
    ActivityQuerySerializer,
    ActivityRowSerializer,
    ActivitySerializer,
    DealRowSerializer,
    DetailSerializer,
    OutcomeSerializer,
    RefusalSerializer,
)
from activities.services import record_activities, record_deal_stages
from activities.services.recording import counts_of
from common.issues import localized, localized_all, text_of
from kernel.documents import load_json
from kernel.issues import N_, Invalid, Issue, Level, Place, error
from kernel.unreadable import json_problem
from people import queries as people
from people.models import User

DEFAULT_SOURCE = "api"
MOST_ROWS = 10_000
MOST_BYTES = 25_000_000

Input = TypeVar("Input", ActivityInput, DealInput)


class BodyTooLargeError(Exception):
    """The body of a call has more than MOST_BYTES; `_ingest` answers it."""


class ExactJSONParser(BaseParser):
    """JSON whose numbers stay as they were written: decimal numbers never become floats."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            body = stream.read(MOST_BYTES + 1)
            if len(body) > MOST_BYTES:
                raise BodyTooLargeError
            return _exact(body.decode("utf-8-sig"))
        except Invalid as invalid:
            raise UnreadableBodyError(*invalid.issues) from None
        except (ValueError, RecursionError):
            raise UnreadableBodyError(_malformed()) from None


class UnreadableBodyError(ParseError):
    """The body is not JSON, or says a thing twice; carries what is wrong, and where."""

    def __init__(self, *issues: Issue) -> None:
        super().__init__(" ".join(text_of(issue) for issue in issues))
        self.issues = issues


def _exact(text: str) -> Any:
    doubled: list[str] = []

    def table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            doubled.append(text)
        return found

    try:
        value = json.loads(
            text,
            parse_float=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=table,
        )
    except json.JSONDecodeError as problem:
        raise Invalid(replace(json_problem(problem, text, None), code="malformed_json")) from None
    if doubled:
        load_json(text)  # knows the place of each key
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


@dataclass(frozen=True, slots=True)
class Intake(Generic[Input]):
    """How one kind of row is read and written."""

    read: Callable[..., tuple[str, Input, tuple[Issue, ...]]]
    write: Callable[[User | None, str, list[Input]], list[RowResult]]


ACTIVITIES: Intake[ActivityInput] = Intake(
    read_activity,
    lambda actor, source, rows: record_activities(actor=actor, source=source, records=rows),
)
DEALS: Intake[DealInput] = Intake(
    read_deal,
    lambda actor, source, rows: record_deal_stages(actor=actor, source=source, deals=rows),
)


class _TakeBack(Exception):  # noqa: N818 - carries an atomic call out of its transaction
    def __init__(self, results: list[RowResult]) -> None:
        self.results = results


def take_in(
    intake: Intake[Input], actor: User | None, rows: Sequence[object], *, atomic: bool
) -> list[RowResult]:
    """Write all valid rows in one transaction; with `atomic`, none when one is bad."""
    try:
        with transaction.atomic():
            results = _take_in(intake, actor, rows)
            if atomic and any(result.is_rejected for result in results):
                raise _TakeBack(results)
            return results
    except _TakeBack as back:
        return [
            one if one.is_rejected else replace(one, status=Status.WITHHELD, id=None)
            for one in back.results
        ]


def _take_in(intake: Intake[Input], actor: User | None, rows: Sequence[object]) -> list[RowResult]:
    zone = people.company().tz
    results: dict[int, RowResult] = {}
    by_source: dict[str, list[tuple[int, Input]]] = {}
    for index, row in enumerate(rows):
        place = Place(path=f"[{index}]") if len(rows) > 1 else Place()
        source, read, issues = intake.read(row, place, zone)
        if any(issue.level is Level.ERROR for issue in issues):
            results[index] = RowResult(index, read.external_id, Status.REJECTED, None, issues)
        else:
            by_source.setdefault(source or DEFAULT_SOURCE, []).append((index, read))
    for source, numbered in sorted(by_source.items(), key=lambda item: item[0]):
        written = intake.write(actor, source, [row for _, row in numbered])
        for (index, _), result in zip(numbered, written, strict=True):
            results[index] = replace(result, index=index)
    return [results[index] for index in range(len(rows))]


def _answer(results: Sequence[RowResult]) -> Response:
    rejected = sum(result.is_rejected for result in results)
    status = 200 if not rejected else 422 if rejected == len(results) else 207
    if any(result.status is Status.WITHHELD for result in results):
        status = 422
    rows = [
        {
            "index": result.index,
            "external_id": result.external_id,
            "status": result.status.value,
            "id": result.id,
            "issues": [localized(issue) for issue in result.issues],
        }
        for result in results
    ]
    return Response({"counts": counts_of(results), "results": rows}, status=status)


def _refusal(issue: Issue, status: int) -> Response:
    return Response({"issues": [localized(issue)]}, status=status)


def _ingest(request: Request, intake: Intake[Any]) -> Response:
    try:
        body = request.data
    except UnreadableBodyError as problem:
        return Response({"issues": localized_all(problem.issues)}, status=400)
    except BodyTooLargeError:
        return _refusal(_too_large(), 413)
    rows = body if isinstance(body, list) else [body]
    if len(rows) > MOST_ROWS:
        return _refusal(_too_many(len(rows)), 413)
    if not body or not isinstance(body, list | dict):
        return _refusal(_malformed(), 400)
    atomic = request.query_params.get("atomic", "") in ("1", "true")
    return _answer(take_in(intake, cast(User, request.user), rows, atomic=atomic))


def _malformed() -> Issue:
    return error(
        "malformed_json",
        N_("The body is not a JSON object, nor a list of at least one."),
        N_("Send one object or a list of objects, in UTF-8, without NaN or Infinity."),
    )


def _too_large() -> Issue:
    return error(
        "body_too_large",
        N_("The body is larger than one call takes."),
        N_("Send at most {limit} MB in one call."),
        limit=MOST_BYTES // 1_000_000,
    )


def _too_many(count: int) -> Issue:
    return error(
        "too_many_rows",
        N_("{count} rows are more than one call takes."),
        N_("Send at most {limit} rows in one call."),
        count=count,
        limit=MOST_ROWS,
    )


def _one_or_many(name: str, row: type[Serializer[Any]]) -> PolymorphicProxySerializer:
    return PolymorphicProxySerializer(
        component_name=name,
        serializers=[row(), row(many=True)],
        resource_type_field_name=None,
        many=False,
    )


_ATOMIC = OpenApiParameter(
    "atomic", bool, description="1: take all rows or none. Otherwise valid rows are taken."
)
_ANSWERS = {
    200: OutcomeSerializer,
    207: OutcomeSerializer,
    400: RefusalSerializer,
    401: DetailSerializer,
    404: DetailSerializer,
    413: RefusalSerializer,
    422: OutcomeSerializer,
}


class ByArrival(CursorPagination):
    """Pages in the order of arrival: a reader that follows `next` misses nothing."""

    ordering = "id"
    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000


class ActivitiesView(APIView):
    """Send and read activities."""

    scopes = {"GET": "activities:read", "POST": "activities:write"}
    parser_classes = [ExactJSONParser]

    @extend_schema(
        operation_id="send_activities",
        request=_one_or_many("ActivityRows", ActivityRowSerializer),
        parameters=[_ATOMIC],
        responses=_ANSWERS,
        examples=[
            OpenApiExample(
                "A call",
                value={
                    "external_id": "call-8841",
                    "type": "call",
                    "occurred_at": "2026-11-20T14:05:00+01:00",
                    "person": "P1",
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Record one activity or many. Sending the same again changes nothing."""
        return _ingest(request, ACTIVITIES)

    @extend_schema(
        operation_id="list_activities",
        parameters=[ActivityQuerySerializer],
        responses=ActivitySerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """The rows that count, in the order of arrival; `all=1` adds superseded ones."""
        query = ActivityQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        rows = Activity.objects.all() if query.validated_data["all"] else counted()
        found = _filtered(rows, query.validated_data)
        pages = ByArrival()
        page = pages.paginate_queryset(_with_names(found), request, view=self)
        return pages.get_paginated_response(ActivitySerializer(page, many=True).data)


_CONDITIONS = {
    "source": "source",
    "external_id": "external_id",
    "type": "type_id",
    "person": "credits__person__number",
    "occurred_from": "occurred_at__gte",
    "occurred_before": "occurred_at__lt",
    "recorded_from": "recorded_at__gte",
}


def _filtered(rows: QuerySet[Activity], wanted: Mapping[str, Any]) -> QuerySet[Activity]:
    conditions = {_CONDITIONS[name]: value for name, value in wanted.items() if name in _CONDITIONS}
    return rows.filter(**conditions)


def _with_names(rows: QuerySet[Activity]) -> QuerySet[Activity]:
    credits = Credit.objects.select_related("person", "activity").order_by("person_id")
    return rows.select_related("account", "deal", "product").prefetch_related(
        Prefetch("credits", queryset=credits)
    )


class DealsView(APIView):
    """Send deals."""

    scopes = {"POST": "deals:write"}
    parser_classes = [ExactJSONParser]

    @extend_schema(
        operation_id="send_deals",
        request=_one_or_many("DealRows", DealRowSerializer),
        parameters=[_ATOMIC],
        responses=_ANSWERS,
        examples=[
            OpenApiExample(
                "An open deal",
                value={
                    "external_id": "9012",
                    "stage": "proposal",
                    "owner": "lea@example.org",
                    "account": "Isdom",
                    "engaged_at": "2026-11-02",
                    "proposed_at": "2026-11-16",
                    "planned_close_on": "2026-12-11",
                    "amount": "2900.00",
                    "currency": "EUR",
                },
                request_only=True,
            ),
            OpenApiExample(
                "A deal that was won",
                value={
                    "external_id": "8841",
                    "stage": "won",
                    "owner": "lea@example.org",
                    "product": "GTX Pro",
                    "account": "Isdom",
                    "engaged_at": "2026-10-25",
                    "closed_at": "2026-11-20",
                    "amount": "4514.00",
                    "currency": "EUR",
                },
                request_only=True,
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Tell where one deal or many stand; the log follows. The same again changes nothing."""
        return _ingest(request, DEALS)


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular has loose types
    """How the schema tells readers about the keys."""

    target_class = "activities.api_keys.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "mk_<prefix>_<secret>"}
