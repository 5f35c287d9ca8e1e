"""An example and no measured device: 15-level cells, 5 % cycle-to-cycle noise, 1 % stuck. Copy it for your own."""

from lava_caching.devices._device import Cells, Device

device = Device(
    name="noisy-15-levels",
    summary="an example: 15-level cells, 5 % noise a pulse, 1 % of them stuck",
    persistent=Cells(mapping="single", levels=15, cycle_to_cycle=0.05, stuck_low=0.005, stuck_high=0.005),
    sources={
        "persistent.mapping": "declared: one cell beside a reference, the simplest circuit",
        "persistent.levels": "declared: sign and three bits, as in the default pair",
        "persistent.cycle_to_cycle": "declared: of the range, rough cells",
        "persistent.stuck_low": "declared: half of the stuck cells are empty",
        "persistent.stuck_high": "declared: and half are full",
    },
)
