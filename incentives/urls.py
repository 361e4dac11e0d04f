"""Addresses of pay periods, statements and plans."""

from django.urls import path

from incentives.claims import urls as claim_urls
from incentives.notices import urls as notice_urls
from incentives.payroll_files import views as payroll_views
from incentives.periods import comparison_views, ledger_views, views
from incentives.plans import cost_views
from incentives.plans import views as plan_views
from incentives.statements import views as statement_views
from incentives.statements import what_if_views

app_name = "incentives"
urlpatterns = [
    path("pay/periods/", views.periods, name="periods"),
    path("pay/periods/new/", views.period_new, name="period_new"),
    path("pay/periods/<int:period_id>/", views.period, name="period"),
    path("pay/periods/<int:period_id>/calculate/", views.calculate, name="calculate"),
    path("pay/periods/<int:period_id>/move/", views.move, name="move"),
    path("pay/periods/<int:period_id>/reopen/", views.reopen, name="reopen"),
    path("pay/periods/<int:period_id>/export/", payroll_views.export, name="export"),
    path("pay/periods/<int:period_id>/compare/", comparison_views.compare, name="compare"),
    path(
        "pay/periods/compare/<int:before_id>/<int:after_id>/",
        comparison_views.compare_records,
        name="compare_records",
    ),
    path("pay/periods/ledger/", ledger_views.ledger, name="ledger"),
    path("pay/ledger/<int:person_id>/", ledger_views.account, name="account"),
    path("pay/", statement_views.statements, name="statements"),
    path(
        "pay/what-if/<int:period_id>/<int:version_id>/",
        what_if_views.what_if_page,
        name="what_if",
    ),
    path("pay/statements/<int:statement_id>/", statement_views.statement, name="statement"),
    path(
        "pay/statements/<int:statement_id>/statement-<str:language>.pdf",
        statement_views.statement_pdf,
        name="statement_pdf",
    ),
    path(
        "pay/statements/<int:statement_id>/proof.zip",
        statement_views.statement_proof,
        name="statement_proof",
    ),
    path("pay/exports/<int:export_id>/", payroll_views.export_file, name="export_file"),
    path("pay/totals.csv", payroll_views.totals, name="totals"),
    path("pay/teams/report.csv", payroll_views.team_report, name="team_report"),
    path("pay/periods/templates/", payroll_views.templates, name="payroll"),
    path("pay/periods/templates/new/", payroll_views.template_new, name="payroll_template_new"),
    path("pay/periods/templates/<slug:key>/", payroll_views.template, name="payroll_template"),
    path(
        "pay/periods/templates/<slug:key>/edit/",
        payroll_views.template_edit,
        name="payroll_template_edit",
    ),
    path("plans/", plan_views.plans, name="plans"),
    path("plans/new/", plan_views.plan_new, name="plan_new"),
    path("plans/<slug:key>/", plan_views.plan, name="plan"),
    path("plans/<slug:key>/edit/", plan_views.plan_edit, name="plan_edit"),
    path("plans/<slug:key>/assign/", plan_views.plan_assign, name="plan_assign"),
    path("plans/versions/<int:version_id>/cost/", cost_views.cost, name="plan_cost"),
    path(
        "plans/versions/<int:version_id>/cost/<int:period_id>/",
        cost_views.cost_period,
        name="plan_cost_period",
    ),
    path("plans/versions/<int:version_id>/changes/", cost_views.versions, name="plan_changes"),
    path("plans/versions/<int:version_id>/publish/", plan_views.publish, name="plan_publish"),
    *claim_urls.urlpatterns,
    *notice_urls.urlpatterns,
]
