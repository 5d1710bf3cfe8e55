"""A site whose webhooks are received in the process of `bin/faults`."""

import dataclasses
from pathlib import Path

from faults.site import Site
from tests.harness.receiver import Receiver
from tests.harness.services import Installation, Process

RECEIVERS = 5


class HookedSite(Site):
    """A site with RECEIVERS receivers of webhooks, to which it may send although they are on this machine."""

    def __init__(self, directory: Path, *, processes: int) -> None:
        super().__init__(directory, processes=processes)
        self.receivers = [Receiver() for _number in range(RECEIVERS)]

    @property
    def services(self) -> list[Process]:
        return [*super().services, *self.workers]

    def _install(self) -> Installation:
        installation = super()._install()
        hosts = ",".join(receiver.host for receiver in self.receivers)
        return dataclasses.replace(installation, env=installation.env | {"WEBHOOK_PRIVATE_HOSTS": hosts})

    def _stop(self) -> None:
        super()._stop()
        for receiver in self.receivers:
            receiver.__exit__()
