"""Ideal cells: every write does exactly what it is asked to do, at once and for ever."""

from lava_caching.devices._device import Device

device = Device(name="ideal", summary="every effect at its ideal limit: a run as without a device")
