"""The kinds of file that this room knows how to write: people, products, deals, activities."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from activities.choices import Stage
from activities.documents import start_of
from activities.importing.kinds import Field, FieldType, Kind, Load, MappedRow, Outcome, register
from activities.inputs import ActivityInput, DealInput, Entry, RowResult
from activities.models import ImportBatch
from activities.references import closest, folded
from activities.services.deals import record_deal_stages
from activities.services.products import ProductInput, known_products, load_products
from activities.services.recording import record_activities
from kernel.issues import N_, Invalid, Issue, Place, error, warning
from kernel.numbers import round_to
from people import queries as people
from people import services as people_services
from people.models import User

TEXT, NUMBER, DATE = FieldType.TEXT, FieldType.NUMBER, FieldType.DATE

_STAGES = {
    Stage.PROSPECTING: ("prospecting", "prospection", "prospect", "lead", "new", "nouveau"),
    Stage.ENGAGING: ("engaging", "engaged", "engagement", "qualification", "open", "en cours"),
    Stage.PROPOSAL: ("proposal", "proposition", "quote", "devis", "negotiation", "négociation"),
    Stage.WON: ("won", "closed won", "gagné", "gagnée", "signé", "signée"),
    Stage.LOST: ("lost", "closed lost", "perdu", "perdue"),
    Stage.CANCELLED: ("cancelled", "canceled", "annulé", "annulée"),
}
STAGE_NAMES = {folded(name): stage.value for stage, names in _STAGES.items() for name in names}
ENTRY_NAMES = {
    "record": "record",
    "enregistrement": "record",
    "correction": "correction",
    "cancellation": "cancellation",
    "annulation": "cancellation",
}


def _outcomes(rows: Sequence[MappedRow], results: Iterable[RowResult]) -> list[Outcome]:
    return [
        Outcome(row.number, result.status.value, result.issues)
        for row, result in zip(rows, results, strict=True)
    ]


def _moment(value: date | datetime | None, zone: tzinfo) -> datetime | None:
    """A written moment is in the company's zone unless it says otherwise; a day is its start."""
    match value:
        case datetime():
            return value if value.tzinfo else value.replace(tzinfo=zone)
        case date():
            return start_of(value, zone)
    return None


# --- people ----------------------------------------------------------------------------------


def load_people(call: Load) -> list[Outcome]:
    """People with their teams, managers and places."""
    results = people_services.load_people(
        actor=call.actor,
        rows=[_person(row) for row in call.rows],
        batch_id=call.batch.pk,
    )
    return [
        Outcome(
            row.number,
            "corrected" if result.status == "changed" else result.status.value,
            tuple(issue.at(row.place.under(issue.place.path)) for issue in result.issues),
        )
        for row, result in zip(call.rows, results, strict=True)
    ]


def _person(row: MappedRow) -> people_services.PersonInput:
    share = row.number_of("share")
    return people_services.PersonInput(
        number=row.text("number"),
        first_name=row.text("first_name"),
        last_name=row.text("last_name"),
        name=row.text("name"),
        email=row.text("email"),
        team=row.text("team"),
        parent_team=row.text("parent_team"),
        manager=row.text("manager"),
        role=row.text("role"),
        valid_from=row.day_of("valid_from"),
        valid_to=row.day_of("valid_to"),
        share=None if share is None else Decimal(round_to(share, 4)),
        hired_on=row.day_of("hired_on"),
        left_on=row.day_of("left_on"),
        establishment=row.text("establishment"),
        contract=row.text("contract"),
    )


def revert_people(actor: User | None, batch: ImportBatch) -> None:
    """Take the people of an import back; `Invalid` where it changed somebody known before."""
    if batch.corrected_count:
        raise Invalid(
            error(
                "people_changed",
                N_("This import changed {count} people who were known before."),
                N_("Correct them by hand, or import a file with what they were."),
                count=batch.corrected_count,
            )
        )
    people_services.revert_people(actor=actor, batch_id=batch.pk)


PEOPLE = Kind(
    "people",
    _("People"),
    (
        Field("number", also=("matricule", "employee number", "employee id", "id")),
        Field("first_name", also=("prénom", "prenom", "firstname", "given name")),
        Field("last_name", also=("nom", "lastname", "surname", "nom de famille")),
        Field("name", also=("nom complet", "full name", "sales agent", "commercial", "rep")),
        Field("email", also=("e mail", "mail", "courriel", "adresse e mail")),
        Field("team", also=("équipe", "equipe", "regional office", "agence")),
        Field("parent_team", also=("région", "region", "parent team", "équipe parente")),
        Field("manager", also=("responsable", "supérieur", "chef")),
        Field("role", also=("rôle", "fonction", "poste", "job")),
        Field("share", NUMBER, also=("temps de travail", "taux", "fte", "etp")),
        Field("valid_from", DATE, also=("depuis", "since", "début", "start")),
        Field("valid_to", DATE, also=("until", "fin", "end")),
        Field("hired_on", DATE, also=("embauche", "date d'embauche", "hire date")),
        Field("left_on", DATE, also=("départ", "date de départ", "leave date")),
        Field("establishment", also=("établissement", "etablissement", "company code", "siret")),
        Field("contract", also=("contrat", "numéro de contrat", "contract number")),
    ),
    load_people,
    revert=revert_people,
)


# --- products --------------------------------------------------------------------------------


def load_product_rows(call: Load) -> list[Outcome]:
    """Products with series and list price, which is in the company's currency."""
    results = load_products(
        actor=call.actor,
        rows=[
            ProductInput(
                name=row.text("name"),
                key=row.text("key"),
                series=row.text("series"),
                list_price=row.number_of("list_price"),
                place=row.place,
            )
            for row in call.rows
        ],
        batch=call.batch,
    )
    return _outcomes(call.rows, results)


PRODUCTS = Kind(
    "products",
    _("Products"),
    (
        Field("key", also=("code", "référence", "reference", "sku")),
        Field("name", required=True, also=("product", "produit", "nom")),
        Field("series", also=("série", "gamme", "famille", "family", "category")),
        Field("list_price", NUMBER, also=("sales price", "price", "prix", "prix catalogue")),
    ),
    load_product_rows,
)


# --- deals -----------------------------------------------------------------------------------


def load_deals(call: Load) -> list[Outcome]:
    """Deals as they stand now; the same file again changes nothing."""
    zone = people.company().tz
    alike = _missing_products(call) if "product" in call.create_missing else {}
    results = record_deal_stages(
        actor=call.actor,
        source=call.source,
        deals=[_deal(row, zone) for row in call.rows],
        batch=call.batch,
    )
    repeated = _contradictions(call.rows)
    return [
        Outcome(
            one.number,
            "rejected" if index in repeated else one.status,
            (*one.issues, *repeated.get(index, ()), *alike.get(one.number, ())),
        )
        for index, one in enumerate(_outcomes(call.rows, results))
    ]


def _deal(row: MappedRow, zone: tzinfo) -> DealInput:
    return DealInput(
        external_id=row.text("external_id"),
        stage=row.text("stage"),
        owner=row.text("owner"),
        name=row.text("name"),
        account=row.text("account"),
        product=row.text("product"),
        amount=row.number_of("amount"),
        currency=row.text("currency"),
        engaged_at=_moment(row.date_of("engaged_on"), zone),
        proposed_at=_moment(row.date_of("proposed_on"), zone),
        closed_at=_moment(row.date_of("closed_on"), zone),
        cancelled_at=_moment(row.date_of("cancelled_on"), zone),
        place=row.place,
    )


def _contradictions(rows: Sequence[MappedRow]) -> dict[int, tuple[Issue, ...]]:
    """A file tells where deals stand now, so one id with two contents cannot both be true."""
    first: dict[str, MappedRow] = {}
    found: dict[int, tuple[Issue, ...]] = {}
    for index, row in enumerate(rows):
        before = first.setdefault(row.text("external_id"), row)
        if before.values != row.values:
            found[index] = (
                error(
                    "duplicate_id_with_other_content",
                    N_("The id is already in row {row}, with other content."),
                    N_("Keep the row that is right, or give the other one its own id."),
                    row.place.under("external_id"),
                    row=before.number,
                ),
            )
    return found


def _missing_products(call: Load) -> dict[int, tuple[Issue, ...]]:
    """Make the products that nobody knows; warn where one looks like a known one."""
    known = known_products()
    names = {folded(name) for name in known}
    missing: dict[str, MappedRow] = {}
    for row in call.rows:
        product = row.text("product")
        if product and folded(product) not in names:
            missing.setdefault(product, row)
    load_products(
        actor=call.actor,
        rows=[ProductInput(name=name, place=row.place) for name, row in missing.items()],
        batch=call.batch,
    )
    return {
        row.number: (_made_product(name, closest(name, known), row.place),)
        for name, row in missing.items()
    }


def _made_product(name: str, match: str, place: Place) -> Issue:
    if match:
        return warning(
            "product_looks_alike",
            N_('The product "{found}" is new, and looks like "{closest}".'),
            N_('If they are the same, map it: values: product: "{found}": "{closest}".'),
            place.under("product"),
            found=name,
            closest=match,
        )
    return warning(
        "product_made",
        N_('The product "{found}" is new and has no list price.'),
        N_("Import the products first, if they have a series and a list price."),
        place.under("product"),
        found=name,
    )


DEALS = Kind(
    "deals",
    _("Deals"),
    (
        Field("external_id", required=True, also=("id", "opportunity id", "deal id", "n°")),
        Field("owner", required=True, also=("sales agent", "commercial", "vendeur", "person")),
        Field("stage", required=True, also=("deal stage", "étape", "statut"), known=STAGE_NAMES),
        Field("name", also=("nom", "opportunity", "affaire", "deal")),
        Field("product", also=("produit",)),
        Field("account", also=("compte", "client", "customer", "company", "société")),
        Field("engaged_on", DATE, also=("engage date", "date d'engagement", "created", "créé le")),
        Field("proposed_on", DATE, also=("proposal date", "date de proposition")),
        Field("closed_on", DATE, also=("close date", "date de clôture", "closed", "signé le")),
        Field("cancelled_on", DATE, also=("cancel date", "date d'annulation", "annulé le")),
        Field("amount", NUMBER, also=("close value", "montant", "valeur", "value")),
        Field("currency", also=("devise", "monnaie")),
    ),
    load_deals,
    creates=("product",),
    needs_together=(("amount", "currency"),),
)


# --- activities ------------------------------------------------------------------------------


def load_activities(call: Load) -> list[Outcome]:
    """Records of the log; the same file again changes nothing."""
    zone = people.company().tz
    results = record_activities(
        actor=call.actor,
        source=call.source,
        records=[_activity(row, zone) for row in call.rows],
        batch=call.batch,
    )
    return _outcomes(call.rows, results)


def _activity(row: MappedRow, zone: tzinfo) -> ActivityInput:
    prefix = "attributes."
    attributes: Mapping[str, object] = {
        name.removeprefix(prefix): str(value)
        for name, value in row.values.items()
        if name.startswith(prefix)
    }
    return ActivityInput(
        external_id=row.text("external_id"),
        type=row.text("type"),
        occurred_at=_moment(row.date_of("occurred_at"), zone),
        person=row.text("person"),
        kind=Entry(row.text("kind") or "record"),
        amount=row.number_of("amount"),
        currency=row.text("currency"),
        account=row.text("account"),
        deal=row.text("deal"),
        product=row.text("product"),
        attributes=attributes,
        reason=row.text("reason"),
        place=row.place,
    )


ACTIVITIES = Kind(
    "activities",
    _("Activities"),
    (
        Field("external_id", required=True, also=("id", "event id", "record id", "n°")),
        Field("type", required=True, also=("activity type", "type d'activité", "activité")),
        Field("occurred_at", DATE, required=True, also=("date", "occurred on", "moment", "le")),
        Field("person", required=True, also=("rep", "sales agent", "commercial", "personne")),
        Field("amount", NUMBER, also=("montant", "valeur", "value")),
        Field("currency", also=("devise", "monnaie")),
        Field("account", also=("compte", "client", "customer")),
        Field("product", also=("produit",)),
        Field("deal", also=("affaire", "opportunity", "deal id")),
        Field("kind", also=("nature",), known=ENTRY_NAMES),
        Field("reason", also=("motif", "raison")),
    ),
    load_activities,
    free_prefix="attributes.",
    needs_together=(("amount", "currency"),),
)


def register_all() -> None:
    """Called once, when the room is ready."""
    for kind in (PEOPLE, PRODUCTS, DEALS, ACTIVITIES):
        register(kind)
