"""The only writers of people, teams, places and sign-ins: one transaction, one audit row each."""

from people.services.employment import (
    assign,
    change_assignment,
    end_assignment,
    end_employment,
    hire_person,
    record_absence,
    rename_person,
)
from people.services.loading import PersonInput, RowResult, Status, load_people
from people.services.organisation import (
    LANGUAGES,
    create_role,
    create_team,
    load_roles,
    set_up_company,
)
from people.services.reverting import revert_people
from people.services.sign_in import (
    create_user,
    grant_rights,
    invite,
    set_active,
    set_language,
)

__all__ = [
    "LANGUAGES",
    "PersonInput",
    "RowResult",
    "Status",
    "assign",
    "change_assignment",
    "create_role",
    "create_team",
    "create_user",
    "end_assignment",
    "end_employment",
    "grant_rights",
    "hire_person",
    "invite",
    "load_people",
    "load_roles",
    "record_absence",
    "rename_person",
    "revert_people",
    "set_active",
    "set_language",
    "set_up_company",
]
