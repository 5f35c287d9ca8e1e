"""TaOx/HfOx analog RRAM, 128 states.

As tabulated for MLP+NeuroSim (after Wu et al., VLSI Technology 2018). Its nonlinearity is given there as labels (0.04
up, −0.63 down) on a scale of that simulator, which is no exponent of ours; linear pulses stand here.
"""

from lava_caching.devices._device import Cells, Device

TABLE = "neurosim/MLP_NeuroSim_V3.0:documents/NeuroSimV3.0_user_mannual.pdf@cc1386372d01, Table II p.23-24"

device = Device(
    name="taox-hfox-analog",
    summary="analog RRAM: a pair of devices of 128 states, one pulse apart",
    persistent=Cells(levels=128),
    reference="Wu et al., VLSI Technology 2018",
    sources={"persistent.levels": f"{TABLE}: conductance states"},
)
