"""The report as people meet it: opened from disk in Chromium, read, used by mouse and keyboard, saved and printed."""

from __future__ import annotations

import base64
import csv
import io
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lava_caching import Perceptron
from lava_caching.record import Record
from lava_caching.report.page import page_of_records, page_of_sweep, render

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
PAGES = ("record", "several", "sweep")
SMALL = {"n_inputs": 30, "n_patterns": 30, "maintenance_cost": 0.01}
THRESHOLDS, COSTS, SEEDS = (1.0, 3.0, 9.0, 27.0), (0.0, 0.01, 0.03), (0, 1, 2)
PAYLOAD = "<script>window.hacked=1;alert(1)</script><img src=x onerror='window.hacked=2'>"
FETCHED_FROM = ("file:", "data:", "blob:")


@pytest.fixture(scope="session")
def records() -> list[tuple[str, Record]]:
    trained = [
        ("caching", Perceptron(**SMALL, threshold=4, write_counts=True)),
        ("no caching", Perceptron(**SMALL, policy="immediate", write_counts=True)),
        ("at the end", Perceptron(**SMALL, policy="at-end")),
    ]
    return [(name, experiment.run(hardware="sram_stt_22nm")) for name, experiment in trained]


def row_of(policy: str, threshold: float, cost: float, seed: int) -> dict[str, Any]:
    record = Perceptron(n_inputs=20, n_patterns=15, policy=policy, threshold=threshold, maintenance_cost=cost).run(
        seed=seed
    )
    told = {"task_index": 0, "experiment": "perceptron", "engine": "numba", "seed": seed, "error": None}
    config = {f"config_{name}": value for name, value in record.config.items()}
    ledger = {"ledger_n_persistent_writes": record.ledger.total.n_persistent_writes}
    outcome = {f"outcome_{name}": record.outcome[name] for name in ("converged", "n_presentations", "accuracy")}
    energies = {f"energy_{name}": record.energy[name] for name in ("total", "consolidation", "maintenance")}
    assert record.hardware is not None
    joules = {"joules_nominal": record.hardware["joules"]["total"]["nominal"]}
    return {**told, **config, **ledger, **outcome, **energies, **joules, "hardware_profile": "fecap_memristor_130nm"}


@pytest.fixture(scope="session")
def rows() -> list[dict[str, Any]]:
    settings = [(p, x, c) for p in ("immediate", "local-global") for x in THRESHOLDS for c in COSTS]
    return [row_of(*setting, seed) for setting in settings for seed in SEEDS]


@pytest.fixture(scope="session")
def pages(
    tmp_path_factory: pytest.TempPathFactory, records: list[tuple[str, Record]], rows: list[dict[str, Any]]
) -> dict[str, Path]:
    """Return the files of the pages."""
    folder = tmp_path_factory.mktemp("pages")
    manifest = {"experiment": "perceptron", "grid": {"policy": 0, "threshold": 0, "maintenance_cost": 0, "seed": 0}}
    made = {
        "record": page_of_records(records[:1]),
        "several": page_of_records(records),
        "sweep": page_of_sweep("thresholds", rows, manifest),
    }
    for name, page in made.items():
        (folder / f"{name}.html").write_bytes(render(page))
    return {name: folder / f"{name}.html" for name in made}


def plots_of(driver: Any) -> dict[str, dict[str, Any]]:
    """Return, for each plot that the page announces, what is drawn of it."""
    return driver.execute_script(  # type: ignore[no-any-return]
        """
        const wanted = JSON.parse(document.getElementById("page-data").textContent).plots;
        return Object.fromEntries(Object.entries(wanted).map(([id, spec]) => {
          const box = document.getElementById(id);
          const svg = box && box.querySelector(".main-svg");
          const drawn = box ? box.querySelectorAll(".scatterlayer .trace, .barlayer .trace").length : 0;
          const marks = box ? box.querySelectorAll(".points path, .point path, path.point").length : 0;
          const size = svg ? svg.getBoundingClientRect() : {width: 0, height: 0};
          return [id, {traces: spec.data.length, drawn, marks, width: size.width, height: size.height}];
        }));
        """
    )


def cells_of(driver: Any, table: str) -> list[list[str]]:
    """Return what a table says, numbers with all their digits."""
    return driver.execute_script(  # type: ignore[no-any-return]
        """
        return [...document.getElementById(arguments[0]).rows].map((row) => [...row.cells].map((cell) =>
          cell.dataset.csvHead ?? cell.dataset.v ?? cell.textContent.trim().replace(/\\s+/g, " ")));
        """,
        table,
    )


def as_numbers(table: list[list[str]]) -> list[tuple[float | str, ...]]:
    """Return the same with numbers as such: Python writes 1.0 for what JavaScript writes as 1."""
    return [tuple(_number(cell) for cell in row) for row in table]


def _number(cell: str) -> float | str:
    try:
        return float(cell)
    except ValueError:
        return cell


def saved(driver: Any, folder: Path, name: str) -> str:
    """Return a file that was just saved, when it no longer grows, and take it away."""
    path, size = folder / name, 0
    for _ in range(200):
        before, size = size, path.stat().st_size if path.is_file() else 0
        if size and size == before:
            text = path.read_text(encoding="utf-8")
            path.unlink()
            return text
        time.sleep(0.05)
    raise AssertionError(f"{name} was not saved: {list(folder.iterdir())}")


def press(driver: Any, *keys: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    for key in keys:
        ActionChains(driver).send_keys(key).perform()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_from_disk_without_complaint_and_without_network(
    name: str, pages: dict[str, Path], open_page: Open, logs: Any
) -> None:
    driver = open_page(pages[name])
    assert logs.complaints(driver) == []
    asked = logs.addresses(driver)
    assert asked
    assert all(address.startswith(FETCHED_FROM) for address in asked), asked


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("name", PAGES)
def test_every_plot_is_drawn_and_nothing_is_wider_than_the_window(
    name: str, width: int, pages: dict[str, Path], open_page: Open
) -> None:
    driver = open_page(pages[name], width=width)
    plots = plots_of(driver)
    assert len(plots) >= 4
    for id_, plot in plots.items():
        assert plot["drawn"] >= 1, id_
        assert plot["drawn"] == plot["traces"], id_
        assert plot["marks"] >= 1, id_
        assert plot["width"] > 200, id_
        assert plot["height"] > 100, id_
    assert driver.execute_script("return document.documentElement.scrollWidth <= innerWidth")


def test_a_plot_that_is_missing_is_noticed(pages: dict[str, Path], open_page: Open) -> None:
    driver = open_page(pages["record"])
    driver.execute_script("document.getElementById('p-energy').replaceChildren()")
    assert plots_of(driver)["p-energy"]["drawn"] == 0


def test_hovering_tells_the_value(pages: dict[str, Path], open_page: Open) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    driver = open_page(pages["record"])
    point = driver.find_element("css selector", "#p-joules .scatterlayer .points path")
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", point)
    ActionChains(driver).move_to_element(point).perform()
    time.sleep(0.4)
    said = driver.find_element("css selector", "#p-joules .hoverlayer").text
    assert "volatile tier" in said
    assert any(character.isdigit() for character in said)


def test_the_slider_shows_what_was_spent_by_then(
    pages: dict[str, Path], open_page: Open, records: list[tuple[str, Record]]
) -> None:
    from selenium.webdriver.common.keys import Keys

    driver = open_page(pages["record"])
    curve = records[0][1].outcome["curve"]
    at_end = cells_of(driver, "s-curve-values")[1]
    assert float(at_end[1]) == curve[-1]["n_presentations"]
    driver.execute_script("document.getElementById('s-curve').focus()")
    press(driver, Keys.HOME)
    row = cells_of(driver, "s-curve-values")[1]
    assert [float(row[1]), float(row[2])] == [curve[0]["n_presentations"], curve[0]["n_errors"]]
    assert float(row[3]) < float(at_end[3])
    press(driver, Keys.ARROW_RIGHT)
    assert float(cells_of(driver, "s-curve-values")[1][1]) == curve[1]["n_presentations"]
    line = driver.execute_script("return document.getElementById('p-cost').layout.shapes[0].x0")
    assert line == curve[1]["n_presentations"]
    assert driver.find_elements("css selector", "#p-cost .shapelayer path")


def test_choosing_in_a_sweep_changes_plots_table_and_what_is_held(
    pages: dict[str, Path], open_page: Open, rows: list[dict[str, Any]]
) -> None:
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import Select

    driver = open_page(pages["sweep"])
    box = driver.find_element("css selector", "[data-explorer='e-1-threshold']")
    table = "t-axis-1-threshold"

    def drawn() -> Any:
        script = "return document.getElementById('p-energy-1-threshold').data.map((t) => [t.name, t.x, t.y])"
        return driver.execute_script(script)

    def mean(policy: str, threshold: float, cost: float, column: str) -> float:
        at = {"config_policy": policy, "config_threshold": threshold, "config_maintenance_cost": cost}
        own = [row[column] for row in rows if all(row[key] == value for key, value in at.items())]
        assert len(own) == len(SEEDS)
        return float(sum(own) / len(own))

    first, shown = drawn(), cells_of(driver, table)
    assert first[1][2] == pytest.approx([mean("local-global", x, 0.01, "energy_total") for x in THRESHOLDS], rel=1e-8)
    assert "Held: maintenance_cost = 0.01." in box.text
    slider = box.find_element("css selector", "input[type=range]")
    driver.execute_script("arguments[0].focus()", slider)
    press(driver, Keys.ARROW_RIGHT)
    assert "Held: maintenance_cost = 0.03." in box.text
    assert drawn()[1][2] == pytest.approx([mean("local-global", x, 0.03, "energy_total") for x in THRESHOLDS], rel=1e-8)
    assert cells_of(driver, table) != shown
    press(driver, Keys.ARROW_LEFT)
    assert drawn() == first
    assert as_numbers(cells_of(driver, table)) == as_numbers(shown)  # as it was made in Python

    Select(box.find_element("css selector", "[data-measure]")).select_by_visible_text("joules (J)")
    assert drawn()[0][2] == pytest.approx([mean("immediate", x, 0.01, "joules_nominal") for x in THRESHOLDS], rel=1e-8)
    assert cells_of(driver, table)[0][4] == "joules (J)"
    title = driver.execute_script("return document.getElementById('p-energy-1-threshold').layout.yaxis.title.text")
    assert title == "joules (J)"
    Select(box.find_element("css selector", "[data-by]")).select_by_visible_text("maintenance_cost")
    assert [trace[0] for trace in drawn()] == ["0", "0.01", "0.03"]
    assert "Held: policy = local-global." in box.text


def test_the_theme_follows_the_system_and_the_button(pages: dict[str, Path], open_page: Open) -> None:
    def look() -> tuple[str, str]:
        script = """
        const text = document.querySelector("#p-energy .xtick text");
        return [getComputedStyle(document.body).backgroundColor, getComputedStyle(text).fill];
        """
        background, ink = driver.execute_script(script)
        return background, ink

    driver = open_page(pages["record"])
    light = look()
    button = driver.find_element("id", "theme")
    assert button.text == "Dark theme"
    button.click()
    dark = look()
    assert button.text == "Light theme"
    assert dark[0] != light[0]
    assert dark[1] != light[1]
    driver = open_page(pages["record"])  # the choice is kept
    assert look() == dark
    driver.find_element("id", "theme").click()
    assert look() == light
    driver.execute_script("localStorage.clear()")
    driver = open_page(pages["record"], scheme="dark")
    assert look() == dark
    button = driver.find_element("id", "theme")
    assert button.text == "Light theme"  # it offers the other one, whoever chose this
    button.click()
    assert look() == light
    assert button.text == "Dark theme"


@pytest.mark.parametrize("name", ["record", "sweep"])
def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(
    name: str, pages: dict[str, Path], open_page: Open
) -> None:
    from selenium.webdriver.common.keys import Keys

    driver = open_page(pages[name])
    where = """
    const now = document.activeElement, box = now.getBoundingClientRect(), style = getComputedStyle(now);
    return {tag: now.tagName, text: (now.textContent || "").trim().slice(0, 40), seen: box.width > 0 && box.right > 0,
            outline: style.outlineStyle, index: [...document.querySelectorAll("*")].indexOf(now)};
    """
    press(driver, Keys.TAB)
    first = driver.execute_script(where)
    assert (first["text"], first["seen"]) == ("Skip to the content", True)
    order: list[dict[str, Any]] = []
    for _ in range(200):
        press(driver, Keys.TAB)
        now = driver.execute_script(where)
        if now["tag"] in ("BODY", "HTML") or (order and now["index"] <= order[-1]["index"]):
            break
        assert now["outline"] != "none", now
        order.append(now)
    reached = {now["index"] for now in order}
    wanted = driver.execute_script(
        """
        const every = [...document.querySelectorAll("*")];
        const kinds = "button, select:enabled, input:enabled, nav a, td a, th a, .scroll[tabindex], pre[tabindex]";
        return [...document.querySelectorAll(kinds)].map((one) => every.indexOf(one));
        """
    )
    assert set(wanted) <= reached
    assert driver.execute_script(
        "return [...document.querySelectorAll('button, select, input')].every((one) =>"
        " (one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.length))"
    )


def test_the_skip_link_goes_past_the_header(pages: dict[str, Path], open_page: Open) -> None:
    from selenium.webdriver.common.keys import Keys

    driver = open_page(pages["record"])
    press(driver, Keys.TAB, Keys.ENTER)
    assert driver.execute_script("return document.activeElement.id") == "content"
    press(driver, Keys.TAB)
    assert driver.execute_script("return document.activeElement.dataset.csv") == "t-summary"


@pytest.mark.parametrize("name", ["several", "sweep"])
def test_every_table_is_saved_as_it_stands(name: str, pages: dict[str, Path], open_page: Open, tmp_path: Path) -> None:
    driver = open_page(pages[name])
    folder = tmp_path / "saved"
    folder.mkdir()
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    tables = driver.execute_script(
        "return [...document.querySelectorAll('[data-csv]')].map((button) => button.dataset.csv)"
    )
    assert len(tables) > 5
    for table in tables:
        time.sleep(0.15)  # Chromium drops what a page saves beyond ten files a second
        driver.find_element("css selector", f"[data-csv='{table}']").click()
        text = saved(driver, folder, f"{table.partition('-')[2]}.csv")
        shown = [[_safe(cell) for cell in row] for row in cells_of(driver, table)]
        assert list(csv.reader(io.StringIO(text))) == shown, table


def _safe(cell: str) -> str:
    """Return a cell as the CSV has it: what a spreadsheet would take for a formula gets an apostrophe."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) and isinstance(_number(cell), str) else cell


def test_numbers_of_a_saved_table_are_those_of_the_record(
    pages: dict[str, Path], open_page: Open, records: list[tuple[str, Record]], tmp_path: Path
) -> None:
    driver = open_page(pages["several"])
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    driver.find_element("css selector", "[data-csv=t-energy]").click()
    table = {row[0]: row[1:] for row in csv.reader(io.StringIO(saved(driver, tmp_path, "energy.csv")))}
    assert [float(cell) for cell in table["total"]] == [record.energy["total"] for _, record in records]
    driver.find_element("css selector", "[data-csv=t-summary]").click()
    table = {row[0]: row[1:] for row in csv.reader(io.StringIO(saved(driver, tmp_path, "summary.csv")))}
    joules = [(record.hardware or {})["joules"]["total"]["nominal"] for _, record in records]
    assert [float(cell) for cell in table["energy in joules, nominal (J)"]] == joules
    assert table["hottest cell lasts, nominal (s)"][2] == ""  # not counted


def test_the_csv_of_a_long_table_has_all_settings(open_page: Open, tmp_path: Path) -> None:
    def row(i: int) -> dict[str, Any]:
        told = {"task_index": i, "experiment": "perceptron", "engine": "numba", "seed": 0, "error": None}
        return {**told, "config_threshold": 1.0 + i, "energy_total": 1.0 / (i + 1), "outcome_n_presentations": i}

    path = tmp_path / "long.html"
    path.write_bytes(render(page_of_sweep("long", [row(i) for i in range(250)], None)))
    driver = open_page(path)
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    driver.find_element("css selector", "[data-csv=t-settings]").click()
    head, *body = csv.reader(io.StringIO(saved(driver, tmp_path, "settings.csv")))
    assert head == cells_of(driver, "t-settings")[0]
    assert len(body) == 250
    shown = cells_of(driver, "t-settings")[1:]
    assert set(as_numbers(shown)) < set(as_numbers(body))


def test_a_plot_is_saved_as_svg(pages: dict[str, Path], open_page: Open, tmp_path: Path) -> None:
    driver = open_page(pages["record"])
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    driver.find_element("css selector", "[data-svg=p-energy]").click()
    assert saved(driver, tmp_path, "energy.svg").startswith("<svg")


def test_scripts_in_a_record_are_shown_and_do_not_run(
    records: list[tuple[str, Record]], open_page: Open, tmp_path: Path, logs: Any
) -> None:
    from selenium.common.exceptions import NoAlertPresentException

    record = records[0][1]
    hostile = replace(
        record,
        engine=PAYLOAD,
        config={**record.config, "rule": PAYLOAD, PAYLOAD: PAYLOAD},
        versions={PAYLOAD: PAYLOAD},
        hardware={**(record.hardware or {}), "warnings": [PAYLOAD], "unpriced": [PAYLOAD]},
    )
    path = tmp_path / "hostile.html"
    path.write_bytes(render(page_of_records([(PAYLOAD, hostile), ("<b>x</b>", record)], title=PAYLOAD)))
    driver = open_page(path)
    with pytest.raises(NoAlertPresentException):
        _ = driver.switch_to.alert
    assert driver.execute_script("return window.hacked") is None
    assert driver.execute_script("return document.querySelectorAll('img, b').length") == 0
    assert driver.title == PAYLOAD
    assert driver.find_element("tag name", "h1").text == PAYLOAD
    legend = driver.find_element("css selector", "#p-joules .legend").text
    assert "<b>x</b>" in legend
    assert "<script>" in legend
    slider = driver.find_element("id", "s-curve-values").text
    assert PAYLOAD in slider
    assert logs.complaints(driver) == []
    assert all(address.startswith(FETCHED_FROM) for address in logs.addresses(driver))


def test_paper_is_light_and_shows_everything_without_controls(pages: dict[str, Path], open_page: Open) -> None:
    driver = open_page(pages["sweep"], scheme="dark")
    driver.execute_script(
        """
        addEventListener("beforeprint", () => {
          window.printed = [...document.querySelectorAll(".plot")].map((box) => box._fullLayout.font.color);
        });
        """
    )
    dark = driver.execute_script("return document.querySelector('.plot')._fullLayout.font.color")
    printed = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    assert base64.b64decode(printed["data"]).startswith(b"%PDF")
    colours = set(driver.execute_script("return window.printed"))
    assert colours == {"#1b1f24"} != {dark}
    assert driver.execute_script("return document.querySelector('.plot')._fullLayout.font.color") == dark
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    hidden = "return [...document.querySelectorAll('button, fieldset, nav, .skip')].every((one) => !one.offsetParent)"
    assert driver.execute_script(hidden)
    cut = "return [...document.querySelectorAll('.scroll')].some((one) => one.scrollHeight > one.clientHeight + 1)"
    assert not driver.execute_script(cut)


def test_pictures_at_two_widths_in_light_and_dark(
    pages: dict[str, Path], open_page: Open, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep pictures for people to look at, in the folder of this run of the tests; dark ones are dark."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("pictures")
    brightness: dict[str, float] = {}
    for name in PAGES:
        for width in (1280, 400):
            for scheme in ("light", "dark"):
                driver = open_page(pages[name], width=width, scheme=scheme)
                height = driver.execute_script("return document.documentElement.scrollHeight")
                clip = {"x": 0, "y": 0, "width": width, "height": min(height, 16000), "scale": 1}
                shot = driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
                path = folder / f"{name}-{width}-{scheme}.png"
                path.write_bytes(base64.b64decode(shot["data"]))
                with Image.open(path) as image:
                    assert image.width == width
                    brightness[path.stem] = float(image.convert("L").resize((1, 1)).getpixel((0, 0)))  # type: ignore[arg-type]
    assert all(value > 200 for name, value in brightness.items() if "light" in name), brightness
    assert all(value < 60 for name, value in brightness.items() if "dark" in name), brightness


def test_the_data_of_the_page_is_what_python_wrote(pages: dict[str, Path], open_page: Open) -> None:
    driver = open_page(pages["record"])
    text = driver.execute_script("return document.getElementById('page-data').textContent")
    assert set(json.loads(text)) == {"plots", "scrubbers"}
