"""FeCAP hidden weight and HfO2 memristor in one stack, 130 nm, as the memories of the default pair.

Martemucci et al. (2025), doi:10.1038/s41928-025-01454-7. What we have read of it gives levels and endurance; no
variation, nonlinearity or drift, which are ideal here and not in the device.
"""

from lava_caching.devices._device import Cells, Device, Store

HERE = "doi:10.1038/s41928-025-01454-7, summary of the full text in a secondary source"

device = Device(
    name="fecap-memristor-130nm",
    summary="10-bit FeCAP and a pair of 8-level memristors, 1e5 cycles",
    persistent=Cells(levels=8, endurance_cycles=1e5),
    transient=Store(levels=1024),
    reference="doi:10.1038/s41928-025-01454-7",
    sources={
        "persistent.levels": f"{HERE}: a differential weight of sign and 3 bits has 2 * 8 - 1 = 15 levels",
        "persistent.endurance_cycles": f"{HERE}: about 1e5 SET/RESET cycles",
        "transient.levels": f"{HERE}: hidden weight of 10 bits",
    },
)
