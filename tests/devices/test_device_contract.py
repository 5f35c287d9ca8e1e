"""Contract of every shipped device model: found by its folder, so that a new file needs no edit here."""

from __future__ import annotations

import pytest

from lava_caching.devices import Cells, Device, device_names, get_device
from lava_caching.errors import InputError
from lava_caching.testing import check_device


@pytest.mark.parametrize("name", device_names())
def test_a_shipped_device_keeps_the_contract(name: str) -> None:
    check_device(get_device(name))


def test_devices_are_found_by_either_spelling() -> None:
    assert {"ideal", "fecap-memristor-130nm", "noisy-15-levels"} <= set(device_names())
    assert get_device("noisy_15_levels") is get_device("noisy-15-levels")
    with pytest.raises(InputError, match="unknown device 'ideel'; did you mean 'ideal'"):
        get_device("ideel")


def test_a_number_without_a_source_breaks_the_contract() -> None:
    with pytest.raises(AssertionError, match=r"persistent\.levels has no source"):
        check_device(Device(name="mine", summary="mine", persistent=Cells(levels=5)))
