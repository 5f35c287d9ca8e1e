"""What is easily lost on a screen: the right of a wide table, the head of its rows, a tick, a curve below another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lava_caching import Perceptron
from lava_caching.report.page import page_of_records, render

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
SMALL = {"n_inputs": 60, "n_patterns": 60, "maintenance_cost": 0.001, "write_counts": True}
CUT = "return [...document.querySelectorAll('.scroll')].filter((box) => box.scrollWidth > box.clientWidth + 1)"


@pytest.fixture(scope="session")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page on three runs, of which two learn alike; one of them is called by markup."""
    runs = [
        ("no <b>caching</b>", Perceptron(**SMALL, policy="immediate"), "fecap_memristor_130nm"),
        ("caching", Perceptron(**SMALL, threshold=4), "sram_pcm_90nm"),
        ("with decay", Perceptron(**SMALL, threshold=4, tau=30.0, max_epochs=20), "sram_pcm_90nm"),
    ]
    made = tmp_path_factory.mktemp("wide") / "page.html"
    records = [(name, experiment.run(hardware=pair)) for name, experiment, pair in runs]
    made.write_bytes(render(page_of_records(records)))
    return made


def test_all_pairs_fit_a_screen_and_a_table_that_is_cut_says_so(path: Path, open_page: Open) -> None:
    wide = (
        "const box = document.getElementById('t-memories').closest('.scroll'); return box.scrollWidth - box.clientWidth"
    )
    driver = open_page(path)
    assert driver.execute_script(wide) <= 1
    agree = f"""
    const cut = new Set((() => {{ {CUT} }})());
    return [...document.querySelectorAll(".hint")].map((hint) => [!hint.hidden, cut.has(hint.nextElementSibling)]);
    """
    for width in (1280, 400):
        driver = open_page(path, width=width)
        told = driver.execute_script(agree)
        assert len(told) > 10
        assert [said for said, _ in told] == [is_cut for _, is_cut in told]
    assert sum(said for said, _ in told) > 5
    shadow = "return getComputedStyle(document.getElementById('t-memories').closest('.scroll')).backgroundImage"
    assert "gradient" in driver.execute_script(shadow)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_row_heads_stay_when_a_table_is_scrolled(path: Path, scheme: str, open_page: Open) -> None:
    driver = open_page(path, width=400, scheme=scheme)
    scrolled = driver.execute_script(
        """
        return [...document.querySelectorAll("main table[id]")].flatMap((table) => {
          const box = table.closest(".scroll");
          box.scrollLeft = 60;
          if (box.scrollLeft < 40) return [];
          const stuck = Number(table.dataset.stuck), rows = [...table.rows].slice(0, 3);
          const at = rows.flatMap((row) => [...row.cells].slice(0, stuck).map((cell) => {
            const [own, around] = [cell.getBoundingClientRect(), box.getBoundingClientRect()];
            return [own.left - around.left, own.width, getComputedStyle(cell).backgroundColor];
          }));
          return [[table.id, stuck, at, box.clientWidth]];
        });
        """
    )
    assert {"t-summary", "t-memories", "t-joules"} <= {id_ for id_, *_ in scrolled}
    for id_, stuck, cells, width in scrolled:
        rows = [cells[i : i + stuck] for i in range(0, len(cells), stuck)]
        for row in rows:
            left = 0.0
            for at, own, background in row:
                assert at == pytest.approx(left, abs=1), id_
                assert background.startswith("rgb("), id_  # opaque
                left += own
            assert left < 0.75 * width, id_  # leaves room for what is scrolled
    assert {id_: stuck for id_, stuck, *_ in scrolled}["t-joules"] == 2


def test_row_heads_do_not_stick_on_paper(path: Path, open_page: Open) -> None:
    driver = open_page(path, width=400)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    script = (
        "return [...document.querySelectorAll('th, td')].every((cell) => getComputedStyle(cell).position === 'static')"
    )
    assert driver.execute_script(script)
    assert driver.execute_script("return [...document.querySelectorAll('.hint')].every((one) => !one.offsetParent)")


@pytest.mark.parametrize("width", [1280, 400])
def test_long_names_break_at_their_joints_only_where_it_is_narrow(width: int, path: Path, open_page: Open) -> None:
    driver = open_page(path, width=width)
    lines = """
    return [...document.querySelectorAll("#t-remarks tbody th:has(wbr)")].map((cell) => {
      const text = document.createRange();
      text.selectNodeContents(cell);
      const seen = [...text.getClientRects()].filter(({ width }) => width > 0);
      return new Set(seen.map(({ top }) => Math.round(top))).size;
    });
    """
    found = driver.execute_script(lines)
    assert len(found) > 5
    assert (max(found) > 1) == (width == 400)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    )
    assert set(driver.execute_script(lines.replace("tbody th", "tbody :is(th, td)"))) == {1}


def test_remarks_are_read_without_scrolling_sideways(path: Path, open_page: Open) -> None:
    driver = open_page(path, width=400)
    cut = driver.execute_script(f"return (() => {{ {CUT} }})().map((box) => box.firstElementChild.id)")
    assert "t-remarks" not in cut
    assert "t-memories" in cut
    lines = "return [...document.querySelectorAll('.f')].map((formula) => formula.getClientRects().length)"
    assert set(driver.execute_script(lines)) == {1}  # none is broken


@pytest.mark.parametrize("width", [1280, 400, 376])
def test_no_tick_label_vanishes(path: Path, width: int, open_page: Open) -> None:
    driver = open_page(path, width=width)
    ticks = driver.execute_script(
        """
        return [...document.querySelectorAll(".plot")].flatMap((box) => {
          const edge = box.querySelector(".main-svg").getBoundingClientRect();
          return ["x", "y"].flatMap((letter) => [...box.querySelectorAll(`.${letter}tick text`)].map((text) => {
            const own = text.getBoundingClientRect();
            const inside = own.width > 0 && own.left >= edge.left - 1 && own.right <= edge.right + 1;
            return [box.id, text.textContent, getComputedStyle(text).display !== "none", inside];
          }));
        });
        """
    )
    assert len(ticks) > 40
    assert [tick for tick in ticks if not (tick[2] and tick[3])] == []


def test_a_curve_below_another_is_seen_and_named(path: Path, open_page: Open) -> None:
    driver = open_page(path)
    drawn = "return document.getElementById(arguments[0]).data.map((t) => [t.line.width, t.marker.size])"
    below, above, apart = driver.execute_script(drawn, "p-learned")
    assert below[0] > above[0] == apart[0]
    assert below[1] > above[1] == apart[1]
    note = driver.find_element("css selector", "figure:has(#p-learned) [data-overlap]")
    assert note.text == "no <b>caching</b> and caching lie on one another; the first is drawn widest."
    assert len({tuple(one) for one in driver.execute_script(drawn, "p-cost")}) == 1
    assert not driver.find_element("css selector", "figure:has(#p-cost) [data-overlap]").is_displayed()
    driver.find_element("id", "theme").click()  # drawn again, it is as wide as before
    assert driver.execute_script(drawn, "p-learned") == [below, above, apart]


def test_numbers_that_the_script_writes_have_a_minus_sign(open_page: Open, tmp_path: Path) -> None:
    record = Perceptron(n_inputs=20, n_patterns=15).run()
    first, *others = record.outcome["curve"]
    record.outcome["curve"] = [{**first, "n_errors": -48}, *others]
    made = tmp_path / "negative.html"
    made.write_bytes(render(page_of_records([("odd", record)])))
    driver = open_page(made)
    script = """
    const slider = document.getElementById("s-curve");
    slider.value = 0;
    slider.dispatchEvent(new Event("input"));
    const cells = [...document.getElementById("s-curve-values").rows[1].cells];
    return [cells[2].textContent, cells[2].dataset.v];
    """
    assert driver.execute_script(script) == ["−48", "-48"]
