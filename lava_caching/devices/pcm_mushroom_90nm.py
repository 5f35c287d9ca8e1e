"""Phase-change memory of mushroom cells, 90 nm, a differential pair of analog devices.

Levels and spread: doi:10.1038/s41467-020-16108-9, programmed iteratively, so that the spread is what is left after
verification and no loop is modelled here. Drift: the fit in IBM's aihwkit.
"""

from lava_caching.devices._device import Cells, Device

FIT = "IBM/aihwkit:src/aihwkit/inference/noise/pcm.py@4545f11b5214"

device = Device(
    name="pcm-mushroom-90nm",
    summary="phase change: 11 levels, spread after programming, drift",
    persistent=Cells(levels=11, write_noise=0.048, drift_exponent=0.049, endurance_cycles=1e8),
    reference="doi:10.1038/s41467-020-16108-9",
    sources={
        "persistent.levels": "doi:10.1038/s41467-020-16108-9, full text quoted in a secondary source: 11 levels",
        "persistent.write_noise": "derived, an upper bound: sigma below 1.2 uS over 10,000 devices"
        " (doi:10.1038/s41467-020-16108-9, quoted in a secondary source) / G_max of 25 uS"
        f" ({FIT}, prog_coeff_g_max_reference)",
        "persistent.drift_exponent": f"{FIT}, generate_drift_coefficients: clamped mean 0.049, range to 0.1",
        "persistent.endurance_cycles": "lpentecost/NVMExplorer:output/NVM_data/PCM_data.pkl@16eb289096b6, column"
        " 'Endurance': median of 13 rows (1e5 to 2.8e11), other devices",
    },
)
