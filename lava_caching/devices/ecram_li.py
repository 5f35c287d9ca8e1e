"""Lithium ECRAM, up to 1000 states: doi:10.1109/IEDM.2018.8614551."""

from lava_caching.devices._device import Cells, Device

device = Device(
    name="ecram-li",
    summary="ECRAM: a pair of devices of 1000 states, one pulse apart",
    persistent=Cells(levels=1000),
    reference="doi:10.1109/IEDM.2018.8614551",
    sources={"persistent.levels": "doi:10.1109/IEDM.2018.8614551, abstract: up to 1000 states"},
)
