"""What may go to the chip, what is lost on the way, what a user's file does, and which models are selected there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")

from lava.magma.core.learning.learning_rule import Loihi2FLearningRule, Loihi3FLearningRule
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from lava.proc.dense.process import Dense, LearningDense
from lava.proc.learning_rules.r_stdp_learning_rule import RewardModulatedSTDP
from lava.proc.learning_rules.stdp_learning_rule import STDPLoihi
from lava.proc.lif.process import LIF
from lava.proc.sparse.process import Sparse
from lava.utils.weightutils import SignMode
from scipy.sparse import csr_matrix

from lava_caching.errors import InputError, MissingError
from lava_caching.hardware.chips import load_chip
from lava_caching.processes.caching import Caching
from lava_caching.processes.caching_dense.process import CachingDense
from lava_caching.processes.caching_sparse.process import CachingSparse
from lava_caching.processes.chip_precision import losses_of
from lava_caching.processes.chip_run import require_extension
from lava_caching.processes.chip_target import network_of, side_effects
from lava_caching.processes.to_chip import ChipReport, check_network, perceptron_network

LOIHI1, LOIHI2 = load_chip("loihi1"), load_chip("loihi2")
NETWORKS = Path(__file__).parent / "networks"
Write = Callable[[str, str], Path]


def plain_rule(**rules: Any) -> Any:
    return Loihi2FLearningRule(**{"dw": "2*x0*y1", "t_epoch": 2, **rules})


def ending_in_neurons(connection: Any) -> Any:
    neurons = LIF(shape=connection.a_out.shape, name="neurons")
    connection.a_out.connect(neurons.a_in)
    return connection


def checked(connection: Any) -> ChipReport:
    return check_network(ending_in_neurons(connection), LOIHI1)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of a user's."""

    def make(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return make


# ------------------------------------------------------------------------------------------------ what may go there
def test_the_perceptron_fits_and_its_host_side_is_named() -> None:
    report = check_network(perceptron_network(30, 5), LOIHI1)
    assert report.fits
    assert report.verdict == "fits on 1 core of loihi1 (it has 128)"
    assert report.host_side == ("patterns (PatternSource)", "error (ErrorNeuron)")
    (rule,) = report.rules
    assert (rule.n_factors, rule.t_epoch, rule.problems) == (3, 2, ())
    assert rule.dt == "4*x0*y1 - 4*x0*y2 - 2^1*u0*sgn(t-20) - 2^1*u0*sgn(t+20)"
    assert report.losses == ()
    assert any("three-factor rules as in 'synapses' came with Loihi 2" in warning for warning in report.warnings)
    json.dumps(report.to_dict(), allow_nan=False)


def test_loihi_2_says_what_is_not_checked_and_what_rests_on_one_number() -> None:
    report = check_network(perceptron_network(30, 5), LOIHI2)
    assert report.fits
    assert set(report.to_dict()["not_checked"]) == {"in_axons", "out_axons"}
    assert any(w.startswith("synapse bits of loihi2: A single secondary number") for w in report.warnings)
    assert not any("three-factor" in warning for warning in report.warnings)


@pytest.mark.parametrize(
    ("policy", "way"),
    [
        ("local-local", "use LearningDense with lava_caching.processes.native_caching_rule(rule, threshold)"),
        ("local-global", "cannot look at whole neurons as the policy local-global does: use LearningDense with"),
        ("global-global", "cannot look at whole neurons as the policy global-global does: use LearningDense with"),
        ("immediate", "with the policy immediate it is a plain LearningDense, so use that"),
        ("at-end", "with the policy at-end it is a plain LearningDense, so use that"),
        (None, "without caching it is a plain LearningDense, so use that"),
    ],
)
def test_our_own_connection_is_refused_with_the_stock_form_to_use(policy: str | None, way: str) -> None:
    caching = None if policy is None else Caching(policy=policy, threshold=5)
    connection = CachingDense(weights=np.zeros((2, 3)), learning_rule=plain_rule(), caching=caching, name="mine")
    report = checked(connection)
    assert not report.fits
    assert report.verdict.startswith("'mine' (CachingDense) is computed by a CPU only, and plasticity and memory on")
    assert way in report.verdict
    assert next(placed for placed in report.mapping.placed if placed.label == "mine").place == "none"


def test_our_own_sparse_connection_is_refused_too() -> None:
    weights = csr_matrix(np.eye(3))
    caching = Caching(policy="local-local", threshold=5)
    report = checked(CachingSparse(weights=weights, learning_rule=plain_rule(), caching=caching))
    assert report.verdict.startswith("CachingSparse is computed by a CPU only")
    assert "use LearningDense with lava_caching.processes.native_caching_rule" in report.verdict


class DerivedDense(Dense):  # type: ignore[misc]  # Lava is not typed
    pass


class Disguised(AbstractProcess):  # type: ignore[misc]  # Lava is not typed
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.s_in = InPort(shape=(3,))
        self.a_out = OutPort(shape=(2,))
        self.weights = Var(shape=(2, 3), init=np.ones((2, 3)))


@pytest.mark.parametrize("kind", [lambda: DerivedDense(weights=np.ones((2, 3))), Disguised])
def test_anybodys_own_connection_is_refused(kind: Callable[[], Any]) -> None:
    assert checked(kind()).verdict.endswith(
        "are stock Processes of Lava: use LearningDense, LearningSparse, Dense or Sparse"
    )


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"dw": "2*x0*(w+300)"}, "300"),
        ({"dw": "x0*(w*2)"}, ""),
        ({"dw": "2*x0*y1", "dt": "3*u12*t"}, "u12"),
        ({"t_epoch": 64}, "t_epoch = 64: the learning engine counts an epoch in 6 bits, so use at most 63"),
    ],
)
def test_an_illegal_rule_is_a_culprit(rule: dict[str, str], said: str) -> None:
    report = checked(LearningDense(weights=np.zeros((2, 3)), learning_rule=plain_rule(**rule), name="synapses"))
    assert not report.fits
    assert report.verdict.startswith("'synapses': ")
    assert said in report.verdict


def test_lavas_own_rules_are_legal_and_what_the_engine_drops_is_said() -> None:
    stdp = STDPLoihi(learning_rate=1, A_plus=1, A_minus=-2, tau_plus=10, tau_minus=10, t_epoch=4)
    assert checked(LearningDense(weights=np.zeros((2, 3)), learning_rule=stdp)).rules[0].problems == ()
    rewarded = RewardModulatedSTDP(
        learning_rate=1,
        A_plus=2,
        A_minus=-2,
        pre_trace_decay_tau=10,
        post_trace_decay_tau=10,
        pre_trace_kernel_magnitude=16,
        post_trace_kernel_magnitude=16,
        eligibility_trace_decay_tau=0.5,
        t_epoch=2,
    )
    (rule,) = checked(LearningDense(weights=np.zeros((2, 3)), learning_rule=rewarded)).rules
    assert rule.problems == ()
    assert any("20 bits are shifted right by 5" in note for note in rule.notes)


def test_graded_spikes_are_doubted_on_loihi_1_only() -> None:
    connection = ending_in_neurons(Dense(weights=np.ones((2, 3)), num_message_bits=8, name="synapses"))
    assert any("takes graded spikes (num_message_bits = 8)" in w for w in check_network(connection, LOIHI1).warnings)
    assert not any("graded" in warning for warning in check_network(connection, LOIHI2).warnings)


# ------------------------------------------------------------------------------------------------ what integers lose
def losses(connection: Any) -> dict[str, Any]:
    return {loss.what: loss for loss in losses_of(connection, LOIHI1)}


def test_even_whole_weights_lose_nothing() -> None:
    assert losses(Dense(weights=np.array([[-256, 0, 254], [2, 4, 6]]))) == {}
    assert losses(Dense(weights=np.array([[255, 1, 0]]))) == {}  # excitatory: no sign, all 8 bits


@pytest.mark.filterwarnings("ignore:pandas not found:ImportWarning")  # of networkx, which Lava compiles with
def test_the_realised_weights_are_those_of_lavas_fixed_point_model() -> None:
    from lava.magma.core.run_conditions import RunSteps
    from lava.magma.core.run_configs import Loihi2SimCfg

    given = np.array([[-300.7, -1.0, 0.4, 3.9], [17.0, 255.0, 700.0, -256.0]])
    loss = losses(Dense(weights=given))["weights"]
    connection = Dense(weights=given)
    try:
        connection.run(condition=RunSteps(num_steps=1), run_cfg=Loihi2SimCfg(select_tag="fixed_pt"))
        realised = connection.weights.get()
    finally:
        connection.stop()
    assert loss.largest == pytest.approx(np.abs(given - realised).max())
    assert loss.rms == pytest.approx(np.sqrt(((given - realised) ** 2).mean()))
    assert (loss.n, loss.n_changed, loss.n_clipped) == (8, int((given != realised).sum()), 2)
    assert loss.n_lost == int(((given != 0) & (realised == 0)).sum()) == 1
    assert "scale the weights to whole numbers" in loss.note
    assert "scale them down" in loss.note


def test_fewer_weight_bits_and_a_sign_mode_lose_what_lava_drops() -> None:
    loss = losses(Dense(weights=np.array([[16, 17]]), num_weight_bits=4))["weights"]
    assert (loss.n_changed, loss.largest) == (1, 1.0)
    assert "num_weight_bits = 4 drops low bits" in loss.note
    negative = losses(Dense(weights=np.array([[16, -16]]), sign_mode=SignMode.EXCITATORY))["weights"]
    assert negative.n_clipped == 1
    sparse = losses(Sparse(weights=csr_matrix(np.array([[0.5, 0.0], [0.0, 2.0]]))))["weights"]
    assert (sparse.n, sparse.n_lost) == (2, 1)


def test_weights_that_are_no_numbers_are_reported_and_not_fatal() -> None:
    loss = losses(Dense(weights=np.array([[np.nan, np.inf, 1e300, 2.0]])))["weights"]
    assert loss.n_changed == 3


def test_traces_time_constants_and_tags_beyond_their_widths_are_said() -> None:
    rule = plain_rule(dw="2*x0*y1 + x1*y0", x1_impulse=200.0, y1_impulse=16.3, x1_tau=12.5, y1_tau=10)
    connection = LearningDense(weights=np.zeros((1, 2)), tag_1=np.array([[300, 5]]), learning_rule=rule)
    found = losses(connection)
    assert set(found) == {"tag_1", "x1_impulse", "y1_impulse", "x1_tau"}
    assert found["x1_impulse"].largest == 200 - 127
    assert "holds at most 127" in found["x1_impulse"].note
    assert found["y1_impulse"].largest == pytest.approx(4173 / 256 - 16.3)
    assert found["x1_tau"].sentence("synapses").startswith("'synapses': x1_tau = 12.5: ")
    assert (
        found["tag_1"]
        .sentence("synapses")
        .startswith("'synapses': 1 of 2 tag_1 change, by at most 45 (RMS 31.8), 1 clip")
    )


# ------------------------------------------------------------------------------------------------ a file of a user's
@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("net", "TARGET = 'net': must be perceptron or FILE.py[:NAME], as in net.py:build"),
        ("net.py:a b", "TARGET = 'net.py:a b': must be perceptron or FILE.py[:NAME], as in net.py:build"),
        ("nowhere.py", "nowhere.py: no such file; give the Python file that builds the network"),
        ("{stock}:buil", "{stock}: has no 'buil'; did you mean {stock}:build?"),
        (
            "{stock}:zzz",
            "{stock}: has no 'zzz'; it offers build, too_many_inputs, needs_a_size, returns_a_list, fails:",
        ),
        ("{stock}:a_number", "{stock}: a_number is an int: must be a Process, or a function without arguments that"),
        ("{stock}:needs_a_size", "{stock}: needs_a_size needs n_inputs: must be a Process, or a function without"),
        (
            "{stock}:returns_a_list",
            "{stock}: returns_a_list() returns a list: it must return one Process of the network",
        ),
        ("{stock}:fails", "{stock}: line 49: ZeroDivisionError: division by zero; put that right first"),
    ],
)
def test_a_target_that_is_none_gives_one_sentence(target: str, message: str) -> None:
    stock = str(NETWORKS / "stock.py")
    with pytest.raises(InputError) as caught, network_of(target.format(stock=stock)):
        pass
    assert str(caught.value).startswith(message.format(stock=stock))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import nothing_of_this_name\n", "line 1: ModuleNotFoundError: No module named 'nothing_of_this_name'; put"),
        ("x = 1\ndef build(:\n", "line 2: is not Python: invalid syntax"),
        ("raise SystemExit(3)\n", "line 1: SystemExit: 3; put that right first"),
        ("x = 1\n", "has no 'build'; define build() that returns a Process of the network"),
        ("def build():\n    return None\n", "build() returns None: it must return one Process of the network"),
        (
            "from lava.proc.io.source import RingBuffer\ndef build():\n    return RingBuffer(data=1, name='x')\n",
            "line 3: TypeError: RingBuffer.__init__() got an unexpected keyword argument 'name'; put that right first",
        ),
        (
            "from lava_caching.processes.caching import Caching\nrule = Caching(threshold=-1)\n",
            "line 2: threshold = -1: ",
        ),
    ],
)
def test_a_file_that_fails_gives_one_sentence(write: Write, text: str, message: str) -> None:
    path = write("net.py", text)
    with pytest.raises(InputError) as caught, network_of(str(path)):
        pass
    assert str(caught.value).startswith(f"{path}: {message}")
    assert "\n" not in str(caught.value)


def test_a_process_may_be_named_itself_and_files_beside_are_found(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write("sizes_of_net.py", "N = 4\n")
    path = write(
        "net.py",
        "from lava.proc.lif.process import LIF\nfrom sizes_of_net import N\n"
        "print('building')\nneurons = LIF(shape=(N,), name='neurons')\n",
    )
    path_before, modules_before = list(sys.path), set(sys.modules)
    with network_of(f"{path}:neurons") as process:
        assert process.shape if hasattr(process, "shape") else process.s_out.shape == (4,)
    assert sys.path == path_before
    assert not {"net", "sizes_of_net"} & (set(sys.modules) - modules_before)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "building\n")


def test_a_file_in_a_package_keeps_its_dotted_name_and_one_like_a_library_does_no_harm(write: Write) -> None:
    text = (
        "from lava.proc.lif.process import LIF\nclass Mine(LIF):\n    pass\ndef build():\n    return Mine(shape=(2,))\n"
    )
    write("nets_pkg/__init__.py", "")
    with network_of(str(write("nets_pkg/net.py", text))) as process:
        assert type(process).__module__ == "nets_pkg.net"
    with network_of(str(write("json.py", text))) as process:
        assert type(process).__module__ == "json_of_target"
        assert sys.modules["json"] is json


QUIET = '''"""Docstring."""
from __future__ import annotations
import os
from typing import TYPE_CHECKING
try:
    import tomllib
except ImportError:
    tomllib = None
    raise
if TYPE_CHECKING:
    from pathlib import Path
SIZE: int = 3
NAMES = ["a", "b"] + [str]
SIZE += 1
def f(): print("no")
class C:
    x = f
if __name__ == "__main__":
    f()
'''


def test_definitions_have_no_side_effects(write: Write) -> None:
    assert side_effects(write("quiet.py", QUIET).parent) == []


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("import os\nprint('x')\n", 2, "print('x')"),
        ("x = open('f')\n", 1, "x = open('f')"),
        ("for i in range(3):\n    pass\n", 1, "for i in range(3):"),
        ("if True:\n    print(1)\n", 2, "print(1)"),
        ("try:\n    run()\nexcept OSError:\n    pass\n", 2, "run()"),
        ("with open('f') as f:\n    x = 1\n", 1, "with open('f') as f:"),
        ("x = 'a very long line that goes on for ever and ever'.upper()\n", 1, None),
    ],
)
def test_top_level_code_is_found_and_never_executed(write: Write, text: str, line: int, code: str | None) -> None:
    path = write("noisy.py", text)
    (effect,) = side_effects(path.parent)
    assert (effect.file, effect.line) == (path, line)
    assert effect.code == code or (code is None and len(effect.code) == 48)


def test_files_that_lava_cannot_execute_are_found(write: Write) -> None:
    write("broken.py", "def f(:\n")
    folder = write("models.py", "from .process import X\n").parent
    effects = side_effects(folder)
    assert [(effect.file.name, effect.is_skipped) for effect in effects] == [("broken.py", True), ("models.py", True)]


OWN_PROCESS = """
import numpy as np
from lava.magma.core.process.ports.ports import InPort
from lava.magma.core.process.process import AbstractProcess
from lava.proc.dense.process import Dense
class Reader(AbstractProcess):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.a_in = InPort(shape=(2,))
def build():
    connection, reader = Dense(weights=np.ones((2, 3))), Reader()
    connection.a_out.connect(reader.a_in)
    return connection
"""


def test_code_beside_a_users_process_is_a_warning(write: Write) -> None:
    write("training.py", "raise RuntimeError('must not run')\n")
    path = write("net.py", OWN_PROCESS)
    with network_of(str(path)) as process:
        report = check_network(process, LOIHI1, folder=path.parent)
    assert report.host_side == ("Reader",)
    assert [w for w in report.warnings if "training.py" in w] == [
        "training.py:1: raise RuntimeError('must not run'): Lava executes it whenever it looks for models of Reader;"
        ' put it into a function, below if __name__ == "__main__", or into another folder'
    ]


def test_beside_a_network_of_stock_processes_one_line_is_enough(write: Write) -> None:
    for name in "abcde":
        write(f"{name}.py", "print('x')\n")
    path = write("net.py", "from lava.proc.lif.process import LIF\ndef build():\n    return LIF(shape=(2,))\n")
    with network_of(str(path)) as process:
        report = check_network(process, LOIHI1, folder=path.parent)
    (warning,) = report.warnings
    assert "holds files with code at the top level (a.py, b.py, c.py and 2 more)" in warning


# ------------------------------------------------------------------------------------------------ the run on the chip
def test_without_the_extension_the_sentence_says_what_is_missing_who_gets_it_and_what_to_do() -> None:
    with pytest.raises(MissingError) as caught:
        require_extension()
    message = str(caught.value)
    assert "\n" not in message
    for words in ("lava.utils.loihi2_profiler", "INRC", "neuromorphic.intel.com", "loihi-native", "lava-fixed"):
        assert words in message


STAND_IN = {
    "utils/loihi2_profiler.py": "",
    "magma/core/model/nc/model.py": """
from lava.magma.core.model.model import AbstractProcessModel
class AbstractNcProcessModel(AbstractProcessModel):
    pass
""",
    "magma/core/model/c/model.py": """
from lava.magma.core.model.model import AbstractProcessModel
class AbstractCProcessModel(AbstractProcessModel):
    pass
class CLoihiProcessModel(AbstractCProcessModel):
    pass
""",
    **{
        f"proc/{package}/ncmodels.py": f"""
from lava.magma.core.decorator import implements, requires
from lava.magma.core.model.nc.model import AbstractNcProcessModel
from lava.magma.core.resources import Loihi2NeuroCore
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from lava.proc.{package}.process import {", ".join(processes)}
"""
        + "".join(
            f"""
@implements(proc={process}, protocol=LoihiProtocol)
@requires(Loihi2NeuroCore)
class Nc{process}Model(AbstractNcProcessModel):
    pass
"""
            for process in processes
        )
        for package, processes in {"dense": ("Dense", "LearningDense"), "lif": ("LIF",)}.items()
    },
}
"""The modules that Intel's closed extension adds to Lava's folders, with only that in them which selection looks at."""

SELECT = """
import json, sys
import numpy as np
from lava.utils import loihi
from lava_caching.hardware.chips import load_chip
from lava_caching.processes.chip_members import members_of
from lava_caching.processes.chip_run import refuse_host_side_connections, require_extension, run_configuration
from lava_caching.processes.chip_run import selected_models
from lava_caching.processes.to_chip import check_network, perceptron_network

assert loihi.is_installed()
require_extension()
network = perceptron_network(6, 4)
from lava.proc.dense.process import Dense
from lava.proc.lif.process import LIF
neurons, reader = LIF(shape=(1,), name="neurons"), Dense(weights=np.ones((1, 7)), name="static")
next(p for p in members_of(network) if p.label == "patterns").process.s_out.connect(reader.s_in)
reader.a_out.connect(neurons.a_in)
report = check_network(network, load_chip("loihi2"))
refuse_host_side_connections(network)
chosen = selected_models(network, run_configuration(network))
models = {label: f"{model.__module__}.{model.__name__}" for label, model in chosen.items()}
print(json.dumps({"models": models, "report": report.to_dict()}))
"""

REFUSE = """
import numpy as np
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.proc.sparse.process import Sparse
from lava_caching.errors import InputError
from lava_caching.processes.caching import Caching
from lava_caching.processes.caching_dense.process import CachingDense
from lava_caching.processes.chip_run import refuse_host_side_connections
from scipy.sparse import csr_matrix

rule = Loihi2FLearningRule(dw="2*x0*y1", t_epoch=2)
for connection in (
    CachingDense(weights=np.zeros((2, 3)), learning_rule=rule, caching=Caching(threshold=5), name="mine"),
    Sparse(weights=csr_matrix(np.eye(2)), name="sparse"),
):
    try:
        refuse_host_side_connections(connection)
    except InputError as error:
        print(error)
"""


@pytest.fixture(scope="module")
def with_stand_in(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Python in a process of its own, where a stand-in for the extension is installed."""
    folder = tmp_path_factory.mktemp("extension")
    for name, text in STAND_IN.items():
        path = folder / "lava" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
        env = {**os.environ, "PYTHONPATH": path, "COLUMNS": "80"}
        return subprocess.run([sys.executable, *words], capture_output=True, text=True, env=env, check=False)

    return run


def test_plasticity_and_memory_are_the_extensions_under_loihi_2(
    with_stand_in: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = with_stand_in("-c", SELECT)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    models, report = found["models"], found["report"]
    assert models["synapses"] == "lava.proc.dense.ncmodels.NcLearningDenseModel"
    assert models["static"] == "lava.proc.dense.ncmodels.NcDenseModel"
    assert models["neurons"] == "lava.proc.lif.ncmodels.NcLIFModel"
    ours = {label for label, model in models.items() if model.startswith("lava_caching.")}
    named = {placed["name"] for placed in report["processes"] if placed["place"] == "host"}
    assert ours == named == {"patterns", "error"}
    assert models["patterns"].endswith("PyPatternSourceFixed")
    assert models["error"].endswith("PyErrorNeuronFixed")
    assert report["fits"]


def test_a_connection_that_python_would_compute_is_refused(
    with_stand_in: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = with_stand_in("-c", REFUSE)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith("'mine' (CachingDense): Loihi2HwCfg selects PyCachingDenseModel")
    assert second.startswith("'sparse' (Sparse): Loihi2HwCfg selects PySparseModel")


def test_with_the_extension_the_run_asks_for_a_host(
    with_stand_in: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = with_stand_in("-m", "lava_caching", "loihi", "run", "perceptron", "--n-inputs", "6", "--n-patterns", "4")
    assert done.returncode == 2
    assert done.stderr.startswith("error: --host slurm: ")
    assert done.stderr.count("\n") == 1
    done = with_stand_in("-m", "lava_caching", "loihi", "run", f"{NETWORKS / 'stock.py'}:too_many_inputs", "--host", "")
    assert done.returncode == 2
    assert done.stderr.startswith("error: --host = ''")


def test_three_factor_rules_are_told_from_two() -> None:
    rule = Loihi3FLearningRule(dw="2*x0*y1", t_epoch=2)
    assert checked(LearningDense(weights=np.zeros((2, 3)), learning_rule=rule)).rules[0].n_factors == 3
    assert checked(LearningDense(weights=np.zeros((2, 3)), learning_rule=plain_rule())).rules[0].n_factors == 2


RUN = """
import sys
from lava.magma.core.process.process import AbstractProcess
from lava.utils import loihi
from lava_caching import cli

def run(self, condition, run_cfg):
    models = sorted(model.__name__ for model in run_cfg.exception_proc_model_map.values())
    print(type(self).__name__, condition.num_steps, type(run_cfg).__name__, models)

AbstractProcess.run = run
loihi.use_ethernet_host = lambda host_address: print("host", host_address)
sys.argv = ["lava-caching", "loihi", "run", *sys.argv[1:]]
cli.main()
"""


def test_with_a_host_the_network_runs_under_loihi_2(
    with_stand_in: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    sizes = ("--n-inputs", "6", "--n-patterns", "4", "--steps", "8")
    done = with_stand_in("-c", RUN, "perceptron", *sizes, "--host", "10.0.0.7")
    assert done.returncode == 0, done.stderr
    host, run, said = done.stdout.splitlines()
    assert host == "host 10.0.0.7"
    assert run == "LearningDense 8 Loihi2HwCfg ['PyErrorNeuronFixed', 'PyPatternSourceFixed']"
    assert said.startswith("perceptron: 8 steps on Loihi 2 through 10.0.0.7, ")
