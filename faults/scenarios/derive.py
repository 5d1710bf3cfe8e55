"""Processes that derive are killed, frozen and doubled."""

from faults import rebuild
from faults.derived.keys import key_of
from faults.deriving import DerivingSite
from faults.run import Run, Scenario, wait_for

KILLS = 8
FREEZES = 3
DOUBLES = 4
STATEMENTS = 400
"""A process makes at least this many statements within seconds; it is interrupted before one of them."""

REACHED_SECONDS = 30.0
FROZEN_SECONDS = 12.0
"""Longer than the lease of the derivers, and than PostgreSQL lets a transaction be idle."""

CAUGHT_UP_SECONDS = 30.0
POLL_SECONDS = 0.5

DIFFERENT = """
SELECT count(*) AS n FROM chat_message message FULL JOIN faults_derived_derivedcopy copy ON copy.message_id = message.id
WHERE copy.body IS DISTINCT FROM message.body OR copy.extras IS DISTINCT FROM message.extras
    OR copy.room_id IS DISTINCT FROM message.room_id
"""
EXPIRE = "UPDATE chat_lease SET expires_at = now() - interval '1 s'"
"""Ends the lease that a killed process held, or lets another process derive beside the one that holds it."""

EXPIRE_DUE = "UPDATE chat_due SET leased_until = now() - interval '1 s' WHERE leased_until IS NOT NULL"
"""The same for the things that it was doing."""

UNDONE = """
SELECT count(*) AS n FROM chat_due WHERE done_at IS NULL
AND (due_at <= now() OR kind IN ('close_poll', 'status_end'))
"""
"""Polls and statuses end soon, which would change rows while these are compared."""


async def derive(run: Run) -> None:
    """Kill, freeze and double the processes that derive, before any statement: rows are those of a rebuild."""
    site = run.site
    assert isinstance(site, DerivingSite)
    run.lose_connections()  # PostgreSQL ends the transactions of frozen processes
    interrupted, other = site.workers
    for _ in range(KILLS):
        await interrupt(run, site, f"KILL:{run.rng.randint(1, STATEMENTS)}")
        other.thaw()
        await run.wait(run.rng.uniform(1, 3))
    for _ in range(FREEZES):
        await interrupt(run, site, f"STOP:{run.rng.randint(1, STATEMENTS)}")
        other.thaw()
        await run.wait(FROZEN_SECONDS)
        interrupted.thaw()
        await run.wait(run.rng.uniform(1, 3))  # both derive, until this one notices that it has lost the lease
    await site.call_blocking(interrupted.kill)
    await site.start_worker(interrupted)
    for _ in range(DOUBLES):
        async with run.during("both workers derive"):
            await site.rows(EXPIRE)
            await run.wait(run.rng.uniform(1, 2))
    run.crowd.stop_talking()
    await wait_for(lambda: not any(client.outbox for client in run.crowd.clients), CAUGHT_UP_SECONDS)
    await _expect_a_rebuild(run, site)
    await _expect_no_change_after_a_rewind(run, site)


async def interrupt(run: Run, site: DerivingSite, fault: str) -> None:
    """Freeze one worker, and let the other one derive until it interrupts itself before a statement."""
    interrupted, other = site.workers
    async with run.during(f"worker {fault}"):
        await site.call_blocking(interrupted.kill)
        other.freeze()
        await site.rows(EXPIRE)
        await site.rows(EXPIRE_DUE)
        await site.start_worker(interrupted, FAULTS_AT=fault)
        reached = await wait_for(lambda: interrupted.is_stopped() or not interrupted.is_running(), REACHED_SECONDS)
        run.expect(reached, f"a worker did not reach {fault}")


async def _expect_a_rebuild(run: Run, site: DerivingSite) -> None:
    """Check that rows equal the messages, and that every message had its effect, with an id that stays the same."""
    began, different, undone = run.now, -1, -1
    while run.now - began < CAUGHT_UP_SECONDS:
        different = (await site.rows(DIFFERENT))[0]["n"]
        undone = (await site.rows(UNDONE))[0]["n"]
        if different == undone == 0:
            break
        await run.wait(POLL_SECONDS)
    run.note(f"derived rows and effects were complete after {run.now - began:.1f} s")
    run.expect(different == 0, f"{different} derived rows differ from a rebuild")
    run.expect(undone == 0, f"{undone} due things are not done")
    seen = site.effects.read_text().split()
    expected = {str(key_of(row["id"])) for row in await site.rows("SELECT id FROM chat_message")}
    run.note(f"{len(expected)} messages had {len(seen)} effects")
    run.expect(expected <= set(seen), f"{len(expected - set(seen))} messages had no effect")
    run.expect(set(seen) <= expected, "an effect had an id of its own")


async def _expect_no_change_after_a_rewind(run: Run, site: DerivingSite) -> None:
    """Let all derivers derive everything again, also those of the site itself, and check that no row changes."""
    names = await rebuild.derivers(site)
    run.expect(await _has_caught_up(run, site), "a deriver did not catch up")
    await rebuild.remember(site)
    for name in names:
        await site.call_blocking(site.installation.manage, "derive", "--rewind", name)
    began = run.now
    run.expect(await _has_caught_up(run, site), "a deriver that was rewound did not catch up")
    run.note(f"{', '.join(names)} had derived everything again after {run.now - began:.1f} s")
    for sentence in await rebuild.differences(site):
        run.expect(False, sentence)


async def _has_caught_up(run: Run, site: DerivingSite) -> bool:
    began = run.now
    while await rebuild.is_behind(site):
        if run.now - began > CAUGHT_UP_SECONDS:
            return False
        await run.wait(POLL_SECONDS)
    return True


derive.site = DerivingSite  # type: ignore[attr-defined]

SCENARIOS: list[Scenario] = [derive]
