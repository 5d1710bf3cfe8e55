"""`bin/test`: runs every check and test, or those named, and prints a summary."""

import argparse
import signal
import sys

from tests.runner.coverage import COVERED_PART, covered
from tests.runner.parts import GROUPS, PARTS, Part
from tests.runner.runner import Runner


def chosen(names: list[str]) -> list[Part]:
    """The parts of these names, all of them for none, in their usual order."""
    wanted = {part for name in names for part in GROUPS.get(name, [name])}
    known = {part.name for part in PARTS}
    if wanted - known:
        sys.exit(f"test: there is no part {', '.join(sorted(wanted - known))}. Parts: {', '.join([*known, *GROUPS])}.")
    return [part for part in PARTS if not wanted or part.name in wanted]


def main() -> int:
    """Run what the command line asks for; 0 if all of it passed."""
    parts = "\n".join(f"  {part.name:13}{part.what}" for part in PARTS)
    groups = "\n".join(f"  {name:13}{', '.join(members)}" for name, members in GROUPS.items())
    parser = argparse.ArgumentParser(
        prog="bin/test",
        usage="bin/test [--coverage] [PART …] [-- PYTEST-ARGUMENT …]",
        description=f"Runs all parts, or those named:\n{parts}\n{groups}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    arguments = sys.argv[1:]
    extra: list[str] = []
    if "--" in arguments:
        at = arguments.index("--")
        arguments, extra = arguments[:at], arguments[at + 1 :]
    parser.add_argument("part", nargs="*")
    parser.add_argument("--coverage", action="store_true", help=f"measure {COVERED_PART}, and fail below the floor")
    options = parser.parse_args(arguments)
    selected = chosen(options.part)
    if options.coverage:
        selected = [covered(part) if part.name == COVERED_PART else part for part in selected]

    runner = Runner()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(name, runner.interrupt)
    outcomes = runner.run_all(selected, extra)

    print("\n━━ summary")
    for outcome in outcomes:
        print(outcome.line())
    passed, failed = sum(o.passed for o in outcomes), sum(o.failed for o in outcomes)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 130 if runner.interrupted else int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
