"""The shapes of the API, for answers and for its description; rows are read by `documents`."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from activities.choices import Sale, Stage
from activities.inputs import Entry, Status
from activities.models import Activity, Credit
from kernel.money import Money

_NUMBER = {"oneOf": [{"type": "number"}, {"type": "string"}]}
_MOMENT = {
    "type": "string",
    "description": "ISO 8601; a day alone is its first moment; without an offset: company time",
    "example": "2026-11-20T14:05:00+01:00",
}


@extend_schema_field(_NUMBER | {"description": "major units, exact: 4514.00 or text"})
class AmountField(serializers.CharField):
    """How an amount may be written; the reading is done by `documents`."""


@extend_schema_field(_NUMBER | {"description": '0.5, "0.5" or "1/3"; default 1'})
class ShareField(serializers.CharField):
    """How a share may be written."""


@extend_schema_field(_MOMENT)
class MomentField(serializers.CharField):
    """How a moment may be written."""


class IssueSerializer(serializers.Serializer[Any]):
    """One thing that is wrong, where, and what to do about it, in the caller's language."""

    level = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()
    remedy = serializers.CharField()
    where = serializers.CharField(help_text="the place in one line")
    place = serializers.DictField(help_text="the place in parts: path, line, ...")
    params = serializers.DictField(child=serializers.CharField())


class ResultSerializer(serializers.Serializer[Any]):
    """What became of one row."""

    index = serializers.IntegerField()
    external_id = serializers.CharField()
    status = serializers.ChoiceField([one.value for one in Status])
    id = serializers.IntegerField(allow_null=True)
    issues = IssueSerializer(many=True)


class OutcomeSerializer(serializers.Serializer[Any]):
    """What became of a call."""

    counts = serializers.DictField(child=serializers.IntegerField())
    results = ResultSerializer(many=True)


class DetailSerializer(serializers.Serializer[Any]):
    """Why a caller was not let in."""

    detail = serializers.CharField()


class RefusalSerializer(serializers.Serializer[Any]):
    """Why a call as a whole was not understood."""

    issues = IssueSerializer(many=True)


class CreditRowSerializer(serializers.Serializer[Any]):
    person = serializers.CharField(help_text="Number, e-mail address or full name")
    share = ShareField(required=False)


class ActivityRowSerializer(serializers.Serializer[Any]):
    """One event. A cancellation needs only `external_id`; a correction states all anew."""

    external_id = serializers.CharField(max_length=200)
    source = serializers.CharField(  # type: ignore[assignment]  # a field, not its setting
        max_length=40, required=False, help_text='default "api"'
    )
    type = serializers.CharField(required=False)
    occurred_at = MomentField(required=False)
    person = serializers.CharField(required=False)
    credits = CreditRowSerializer(many=True, required=False)
    double_credit = serializers.BooleanField(required=False)
    kind = serializers.ChoiceField([one.value for one in Entry], required=False)
    amount = AmountField(required=False)
    currency = serializers.CharField(required=False, help_text="needed beside an amount")
    account = serializers.CharField(required=False)
    deal = serializers.CharField(required=False, help_text="id of a deal of the same source")
    product = serializers.CharField(required=False)
    attributes = serializers.DictField(required=False)
    reason = serializers.CharField(required=False)


class DealRowSerializer(serializers.Serializer[Any]):
    """Where a deal stands now, with the dates that are known of its way there."""

    external_id = serializers.CharField(max_length=150)
    source = serializers.CharField(  # type: ignore[assignment]  # a field, not its setting
        max_length=40, required=False, help_text='default "api"'
    )
    name = serializers.CharField(required=False)
    stage = serializers.ChoiceField(Stage.choices)
    owner = serializers.CharField(help_text="number, e-mail address or full name")
    account = serializers.CharField(required=False, help_text="made when it is new")
    product = serializers.CharField(required=False)
    amount = AmountField(required=False)
    currency = serializers.CharField(required=False)
    margin = AmountField(required=False)
    sale = serializers.ChoiceField(Sale.choices, required=False)
    engaged_at = MomentField(required=False)
    proposed_at = MomentField(required=False)
    closed_at = MomentField(required=False)
    cancelled_at = MomentField(required=False)
    planned_close_on = serializers.DateField(
        required=False,
        help_text="when an open deal is expected to close; left out: what was said before",
    )


class ActivityQuerySerializer(serializers.Serializer[Any]):
    """Which rows of the log are wanted."""

    source = serializers.CharField(required=False)  # type: ignore[assignment]  # DRF keeps a method of that name
    external_id = serializers.CharField(required=False)
    type = serializers.CharField(required=False)
    person = serializers.CharField(required=False, help_text="number")
    occurred_from = serializers.DateTimeField(required=False)
    occurred_before = serializers.DateTimeField(required=False)
    recorded_from = serializers.DateTimeField(required=False)
    all = serializers.BooleanField(default=False, help_text="also rows that are superseded")
    cursor = serializers.CharField(required=False, help_text="from `next`")
    page_size = serializers.IntegerField(required=False, min_value=1, max_value=1000)


class CreditSerializer(serializers.ModelSerializer[Credit]):
    person = serializers.CharField(source="person.number")
    amount = serializers.SerializerMethodField()

    class Meta:
        model = Credit
        fields = ["person", "share", "amount"]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_amount(self, credit: Credit) -> str | None:
        return _major(credit.amount_minor, credit.activity.currency)


class ActivitySerializer(serializers.ModelSerializer[Activity]):
    """A row of the log as it is kept."""

    type = serializers.CharField(source="type_id")
    account = serializers.CharField(source="account.external_id", default=None)
    deal = serializers.CharField(source="deal.external_id", default=None)
    product = serializers.CharField(source="product.key", default=None)
    amount = serializers.SerializerMethodField()
    credits = CreditSerializer(many=True)

    class Meta:
        model = Activity
        fields = [
            "id",
            "source",
            "external_id",
            "revision",
            "kind",
            "type",
            "occurred_at",
            "recorded_at",
            "account",
            "deal",
            "product",
            "amount",
            "currency",
            "attributes",
            "credits",
            "reason",
        ]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_amount(self, activity: Activity) -> str | None:
        return _major(activity.amount_minor, activity.currency)


def _major(minor: int | None, currency: str) -> str | None:
    return None if minor is None else Money(minor, currency).text()
