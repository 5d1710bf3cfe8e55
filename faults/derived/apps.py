"""The app, which registers the deriver and can interrupt the process before a chosen statement."""

import os
import signal
from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class DerivedConfig(AppConfig):
    """`FAULTS_AT=KILL:37` kills the process before its 37th statement; `STOP:37` freezes it there."""

    name = "faults.derived"
    label = "faults_derived"

    def ready(self) -> None:
        from chat.derive import registry
        from faults.derived.derivers import Copies, Effects

        registry.register(Copies())
        registry.register_kind(Effects())
        if "FAULTS_EFFECTS" in os.environ and (fault := os.environ.get("FAULTS_AT")):
            name, _colon, number = fault.partition(":")
            self.interrupt = Interrupt(signal.Signals[f"SIG{name}"], int(number))
            connection_created.connect(self.interrupt.watch)


class Interrupt:
    """Sends this process a signal before one of its statements."""

    def __init__(self, with_signal: signal.Signals, number: int) -> None:
        self._signal = with_signal
        self._left = number

    def watch(self, connection: Any, **_: Any) -> None:
        """Count the statements of a new connection as well."""
        connection.execute_wrappers.append(self._execute)

    def _execute(self, run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), self._signal)
        return run(sql, params, many, context)
