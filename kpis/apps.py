from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class KpisConfig(AppConfig):
    name = "kpis"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kpis import importing

        importing.register_all()
        # each room says in its kpi_uses.py what of it depends on a KPI
        autodiscover_modules("kpi_uses", "alerts.kpi_uses")
