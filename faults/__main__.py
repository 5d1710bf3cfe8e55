"""`bin/faults`: injects faults into a real site and checks its guarantees."""

import argparse
import contextlib
import secrets
import shutil
import signal
import sys
from pathlib import Path

import uvloop

from faults.client import WEBSOCKET
from faults.feed_socket import KINDS
from faults.history import write_histories
from faults.run import Options, Outcome, exit_code, play, summary
from faults.scenarios import ORDINARY, SCENARIOS
from faults.site import Site
from faults.upgrade import UpgradeSite
from faults.versions import VersionError, commit_before
from tests.harness.services import make_open_directory, temporary_directory

DESCRIPTION = """Runs a real site (server processes, PostgreSQL, Redis, a proxy in front of each link) with a crowd of
simulated browsers, injects faults, and checks that every promise is kept; see docs/reliability.md."""


def parsed(arguments: list[str]) -> argparse.Namespace:
    """Parse the command line."""
    listed = "\n".join(f"  {name:34}{(s.__doc__ or '').strip().splitlines()[0]}" for name, s in SCENARIOS.items())
    parser = argparse.ArgumentParser(
        prog="bin/faults",
        usage="bin/faults [SCENARIO …] [--seed SEED] [--clients N] [--minutes M] [--processes P] "
        "[--upgrade-from COMMIT] [--over KIND …] [--keep DIRECTORY]",
        description=f"{DESCRIPTION}\n\nScenarios:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="default: all but soak and the brief ones")
    parser.add_argument("--seed", default="", help="repeat the random choices of a run (default: a new seed)")
    parser.add_argument("--clients", type=int, default=40)
    parser.add_argument("--minutes", type=float, default=2.0, help="duration of mixed and soak (default: 2)")
    parser.add_argument("--processes", type=int, default=2, help="server processes (default: 2)")
    parser.add_argument(
        "--upgrade-from",
        default="",
        metavar="COMMIT",
        help="where upgrade starts (default: the last release, else the commit before the newest migration)",
    )
    parser.add_argument(
        "--over",
        nargs="+",
        default=[],
        choices=(WEBSOCKET, *KINDS),
        help="how clients connect, in turn: by a WebSocket (default), or over HTTP",
    )
    parser.add_argument("--keep", type=Path, metavar="DIRECTORY", help="keep logs and histories in this directory")
    given = parser.parse_args(arguments)
    if unknown := set(given.scenarios) - set(SCENARIOS):
        parser.error(f"there is no scenario {', '.join(sorted(unknown))}: see bin/faults --help")
    if given.upgrade_from:
        try:
            commit_before(given.upgrade_from)
        except VersionError as error:
            parser.error(f"--upgrade-from: {error}")
    return given


def make_site(kind: type[Site], place: Path, options: Options) -> Site:
    """A site of this kind."""
    if issubclass(kind, UpgradeSite):
        return kind(place, processes=options.processes, upgrade_from=options.upgrade_from)
    return kind(place, processes=options.processes)


async def run(names: list[str], options: Options, keep: Path | None) -> list[Outcome]:
    """Run these scenarios, on one site of each kind. Histories and logs go to `keep`."""
    outcomes, sites = [], dict[type[Site], Site]()
    with temporary_directory() as directory:
        async with contextlib.AsyncExitStack() as stack:
            for name in names:
                kind: type[Site] = getattr(SCENARIOS[name], "site", Site)
                if kind not in sites:
                    place = directory / kind.__name__
                    make_open_directory(place)
                    sites[kind] = await stack.enter_async_context(make_site(kind, place, options))
                outcomes.append(await play(sites[kind], name, SCENARIOS[name], options, say))
                report(name, outcomes[-1], sites[kind], keep)
    return outcomes


def report(name: str, outcome: Outcome, site: Site, keep: Path | None) -> None:
    """Print the violations in one line; write histories and logs to `keep`, if given."""
    if outcome.violations:
        say(f"        {name}: {outcome.violations[0]}, and {len(outcome.violations) - 1} more")
    if keep is not None:
        write_histories(keep / name, outcome.histories)
        for node in site.nodes:
            shutil.copy(node.server.log, keep / f"server-{node.number}.log")


def say(line: str) -> None:
    """Print a line of progress."""
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Run from the command line. The exit code is 0 if every promise was kept."""
    given = parsed(sys.argv[1:])
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stop all started processes, as on Ctrl-C
    options = Options(
        seed=given.seed or secrets.token_hex(4),
        clients=given.clients,
        minutes=given.minutes,
        processes=given.processes,
        upgrade_from=given.upgrade_from,
        over=given.over,
    )
    say(f"seed {options.seed}, {options.clients} clients, {options.processes} server processes")
    outcomes = uvloop.run(run(given.scenarios or ORDINARY, options, given.keep))
    print(summary(outcomes))
    print(f"\nseed {options.seed}: {'no promise was broken' if not exit_code(outcomes) else 'PROMISES WERE BROKEN'}")
    return exit_code(outcomes)


if __name__ == "__main__":
    sys.exit(main())
