"""The drawings of badges, each a simple shape that is told at 20 px."""

from django.utils.translation import gettext_lazy as _

ARTS = {
    "star": _("Star"),
    "flame": _("Flame"),
    "summit": _("Summit"),
    "sunrise": _("Sunrise"),
    "phone": _("Telephone"),
    "handshake": _("Handshake"),
    "chain": _("Chain"),
    "heart": _("Heart"),
    "flag": _("Flag"),
    "target": _("Target"),
    "diamond": _("Diamond"),
    "bolt": _("Bolt"),
}
