"""EpiRAM (Ag in SiGe), 64 states: few, slow and costly pulses.

As tabulated for MLP+NeuroSim (after Choi et al., Nature Materials 17:335, 2018). Its nonlinearity is given there as
labels (0.5 up, −0.5 down) on a scale of that simulator, which is no exponent of ours; linear pulses stand here.
"""

from lava_caching.devices._device import Cells, Device

TABLE = "neurosim/MLP_NeuroSim_V3.0:documents/NeuroSimV3.0_user_mannual.pdf@cc1386372d01, Table II p.23-24"

device = Device(
    name="epiram-ag-sige",
    summary="EpiRAM: a pair of devices of 64 states, one pulse apart",
    persistent=Cells(levels=64),
    reference="Choi et al., Nature Materials 17:335 (2018)",
    sources={"persistent.levels": f"{TABLE}: conductance states"},
)
