"""A real browser, without a screen, on pages from disk; one for each test, and none is left behind."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-prefers-reduced-motion",
)

Open = Callable[..., Any]


@pytest.fixture
def open_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Open a file in a window of a width and a colour scheme, wait until everything is drawn, and return the driver."""
    if not (CHROMIUM.is_file() and DRIVER.is_file()):
        pytest.fail("needs Chromium: apt-get install chromium chromium-driver")
    from selenium import webdriver
    from selenium.webdriver.support.ui import WebDriverWait

    monkeypatch.setenv("SE_OFFLINE", "true")
    # a proxy of the environment would stand between selenium and its driver on this machine
    monkeypatch.setenv("NO_PROXY", ",".join(filter(None, (os.environ.get("NO_PROXY"), "localhost,127.0.0.1"))))
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(executable_path=str(DRIVER))
    driver = webdriver.Chrome(options=options, service=service)

    def open_(path: Path, *, width: int = 1280, height: int = 900, scheme: str = "light") -> Any:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        )
        driver.get("about:blank")  # the browser's own first page loads parts of itself
        complaints(driver)
        addresses(driver)
        driver.get(path.as_uri())
        WebDriverWait(driver, 60).until(lambda d: d.execute_script("return document.documentElement.dataset.ready"))
        return driver

    try:
        yield open_
    finally:
        driver.quit()


def complaints(driver: Any) -> list[str]:
    return [entry["message"] for entry in driver.get_log("browser")]


def addresses(driver: Any) -> list[str]:
    events = (json.loads(entry["message"])["message"] for entry in driver.get_log("performance"))
    return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]


class Logs(NamedTuple):
    """What the console was told, and what the browser asked for, since each was last read; a function of a driver."""

    complaints: Callable[[Any], list[str]]
    addresses: Callable[[Any], list[str]]


@pytest.fixture
def logs() -> Logs:
    """Return readers of what the browser noted."""
    return Logs(complaints, addresses)
