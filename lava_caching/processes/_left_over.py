"""What Lava keeps of a network that has ended, taken away: list entries, log handlers, threads, and workers."""

from __future__ import annotations

import contextlib
import logging
from typing import Any

from lava_caching.processes._workers import LavaRunError, Port
from lava_caching.processes.lava_needed import require_lava

try:
    from lava.magma.core.process.process import ProcessServer
    from lava.magma.core.process.variable import VarServer
except ImportError:
    require_lava(__name__)
    raise

__all__ = ["end_external_ports", "forget", "stop_plain"]

STOP_S = 30.0  # within which a network of Lava's own must answer when it is told to stop


def forget(executable: Any) -> None:
    """Take the Processes of a network off Lava's lists, which otherwise keep them, their Vars and log handlers."""
    network = set(executable.process_list)
    for process in executable.process_list:
        while process.parent_proc is not None:
            process = process.parent_proc  # noqa: PLW2901 - climbs to the root
            network.add(process)
    server, root = ProcessServer(), logging.getLogger()
    for process in network.intersection(server.processes):
        own = process._log_config
        marks = (logging.StreamHandler, own.level_console, own.format, own.date_format)
        for handler in root.handlers:
            form = handler.formatter
            if form and (type(handler), handler.level, form._fmt, form.datefmt) == marks:
                root.removeHandler(handler)
                break
    server.processes = [process for process in server.processes if process not in network]
    VarServer().vars = [var for var in VarServer().vars if var.process not in network]


def end_external_ports(executable: Any) -> None:
    """End the ports through which Python outside of Lava talks to a network; Lava forgets them."""
    for process in executable.process_list:
        for port in (*process.in_ports.members, *process.out_ports.members):
            for name in ("external_pipe_csp_send_port", "external_pipe_csp_recv_port"):
                end = getattr(port, name, None)
                if getattr(end, "thread", None) is not None:
                    Port(end, lambda _: None).end()


def stop_plain(runtime: Any) -> None:
    """Stop a network that Lava's own runtime has started."""
    actors = [actor for actor in runtime._messaging_infrastructure.actors if not actor._is_done]

    def look(waited_s: float) -> None:
        if waited_s > STOP_S or any(actor.exitcode for actor in actors):
            for actor in actors:
                actor.kill()
            raise LavaRunError

    runtime.runtime_to_service = [Port(port, look) for port in runtime.runtime_to_service]
    runtime.service_to_runtime = [Port(port, look) for port in runtime.service_to_runtime]
    if not runtime._is_started or not all(actor.is_alive() for actor in actors):
        for actor in actors:
            actor.kill()
        runtime._is_started = False
    with contextlib.suppress(LavaRunError):
        runtime.stop()
    runtime._is_started = runtime._is_running = False
    runtime.join()
    end_external_ports(runtime._executable)
    forget(runtime._executable)
