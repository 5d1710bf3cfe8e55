"""People who send files while they talk, and whether each file is what was sent, where it belongs, and nowhere else."""

import asyncio
import random
from collections.abc import Iterable
from dataclasses import dataclass

from faults.client import Client
from faults.crowd import Crowd
from faults.files_site import FilesSite
from faults.history import Act
from faults.uploads import Upload, Uploader, some_file

PAUSE_SECONDS = (0.2, 2.0)
FILES_OF_A_MESSAGE = 3
DELETED_OF_EVERY = 4
"""One of this many messages with files is deleted by its author soon."""

ALLOWED = {0, 200, 503}
"""The outcomes of a download while the site fails: none, the file, or an error that says to try again."""

FINISH_SECONDS = 120.0
REMOVED_SECONDS = 60.0
POLL_SECONDS = 0.5

FILES = "SELECT id, message_id, state, digest, facts, error FROM files_attachment WHERE id::text = ANY(%s)"
EVERY_FILE = "SELECT id, state FROM files_attachment"


@dataclass(eq=False)
class Sent:
    """A message with files."""

    client: Client
    act: Act
    uploads: list[Upload]


class Sharing:
    """Every other client of a crowd sends files."""

    def __init__(self, site: FilesSite, crowd: Crowd, rng: random.Random) -> None:
        self._site = site
        self._crowd = crowd
        self._rng = rng
        self.uploads: list[Upload] = []
        self.sent: list[Sent] = []
        self.problems: list[str] = []
        self._is_ending = False
        self._tasks = [asyncio.create_task(self._share(client)) for client in crowd.clients[::2]]

    def under_way(self) -> int:
        """How many uploads have begun and are not complete."""
        return sum(bool(upload.id) and upload.acked < len(upload.content) for upload in self.uploads)

    async def finish(self) -> None:
        """Begin no more uploads, and wait until those under way are sent."""
        self._is_ending = True
        done, pending = await asyncio.wait(self._tasks, timeout=FINISH_SECONDS)
        for task in self._tasks:
            task.cancel()
        if pending:
            states = [f"{one.name}: {one.acked} of {len(one.content)}" for one in self.uploads if not one.is_ready]
            self.problems.append(f"{len(pending)} clients did not finish their uploads: {', '.join(states[:3])}")
        self.problems += [f"an upload failed by itself: {error!r}" for task in done if (error := task.exception())]

    async def _share(self, client: Client) -> None:
        uploader = Uploader(client)
        while not self._is_ending:
            await asyncio.sleep(client.rng.uniform(*PAUSE_SECONDS))
            if client.current is not None:
                await self._send(client, uploader, client.current)

    async def _send(self, client: Client, uploader: Uploader, room: int) -> None:
        uploads = [some_file(self._rng) for _ in range(self._rng.randint(1, FILES_OF_A_MESSAGE))]
        self.uploads += uploads
        outcomes = await asyncio.gather(*(uploader.upload(one, room) for one in uploads), return_exceptions=True)
        if failures := [one for one in outcomes if one is not None]:
            self.problems += [f"an upload failed: {error!r}" for error in failures]
            return
        act = client.say(room, self._rng.choice(["", "look"]), [upload.id for upload in uploads])
        self.sent.append(Sent(client, act, uploads))
        await self._read(uploader, uploads[0])
        while act.acked is None and not act.refused:  # noqa: ASYNC110 (the outbox is sent for as long as it takes)
            await asyncio.sleep(POLL_SECONDS)
        if act.acked is not None and not self._rng.randrange(DELETED_OF_EVERY):
            client.delete(act.acked)

    async def _read(self, uploader: Uploader, upload: Upload) -> None:
        """Download a file, perhaps while the storage is away: then there is none, rather than another one."""
        answer = await uploader.get(f"/files/{upload.id}/file")
        status = 0 if answer is None else answer.status
        if status not in ALLOWED or (answer is not None and status == 200 and answer.body != upload.content):
            self.problems.append(f"{upload.name} was downloaded with {status} just after it was sent")

    # --- afterwards --------------------------------------------------------------------------------------------------

    async def wrong(self) -> list[str]:
        """A sentence for every broken promise about the files, once everything is sent and the crowd is silent."""
        gone, kept = self._deleted()
        return [
            *self.problems,
            *(f"{upload.name}: {fault}" for upload in self.uploads for fault in upload.faults),
            *await self._wrong_rows(kept),
            *await self._wrong_downloads(kept),
            *await self._wrong_storage(gone),
        ]

    def _deleted(self) -> tuple[list[Sent], list[Sent]]:
        """The messages with files that are deleted, and those that are not."""
        deleted = {act.message for client in self._crowd.clients for act in client.history.acts if act.kind == "delete"}
        acked = [one for one in self.sent if one.act.acked is not None]
        gone = [one for one in acked if one.act.acked is not None and one.act.acked.id in deleted]
        return gone, [one for one in acked if one not in gone]

    async def _wrong_rows(self, kept: Iterable[Sent]) -> list[str]:
        wanted = {upload.id: (one, upload) for one in kept for upload in one.uploads}
        rows = {str(row["id"]): row for row in await self._site.rows(FILES, list(wanted))}
        found = []
        for file, (one, upload) in wanted.items():
            row, acked = rows.get(file), one.act.acked
            if row is None or acked is None:
                found.append(f"{upload.name} was sent, and is not stored")
            elif row["message_id"] != acked.id:
                found.append(f"{upload.name} was sent with message {acked.id}, and is in {row['message_id']}")
            elif row["digest"] != upload.digest:
                found.append(f"{upload.name} is stored with another SHA-256 than was sent")
        return found

    async def _wrong_downloads(self, kept: Iterable[Sent]) -> list[str]:
        gate, found = asyncio.Semaphore(8), list[str]()

        async def look(one: Sent, upload: Upload) -> None:
            async with gate:
                found.extend(await self._wrong_download(one, upload))

        async with asyncio.TaskGroup() as group:
            for one in kept:
                for upload in one.uploads:
                    group.create_task(look(one, upload))
        return found

    async def _wrong_download(self, one: Sent, upload: Upload) -> list[str]:
        """Whether members of the room get exactly what was sent, and other people nothing."""
        members = await self._members(one.act.room)
        found = []
        for client in self._some_client(members):
            answer = await Uploader(client).get(f"/files/{upload.id}/file")
            if answer is None or answer.status != 200 or answer.body != upload.content:
                found.append(f"{upload.name} was not downloaded as it was sent: {answer and answer.status}")
        for client in self._some_client(self._users() - members):
            for variant in ("file", "small/"):
                answer = await Uploader(client).get(f"/files/{upload.id}/{variant}")
                if answer is None or answer.status != 404:
                    found.append(
                        f"a stranger to room {one.act.room} asked for {upload.name}: {answer and answer.status}"
                    )
        return found

    async def _members(self, room: int) -> set[int]:
        rows = await self._site.rows("SELECT user_id FROM chat_membership WHERE room_id = %s AND left_at IS NULL", room)
        return {row["user_id"] for row in rows}

    def _users(self) -> set[int]:
        return {client.user for client in self._crowd.staying}

    def _some_client(self, users: set[int]) -> list[Client]:
        found = [client for client in self._crowd.staying if client.user in users]
        return [self._rng.choice(found)] if found else []

    async def _wrong_storage(self, gone: Iterable[Sent]) -> list[str]:
        """Whether what is stored is what the database says, soon after the last fault."""
        deleted = {upload.id for one in gone for upload in one.uploads}
        loop = asyncio.get_running_loop()
        until = loop.time() + REMOVED_SECONDS
        while (problems := await self._differences(deleted)) and loop.time() < until:  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS)
        return problems

    async def _differences(self, deleted: set[str]) -> list[str]:
        rows = {str(row["id"]): row["state"] for row in await self._site.rows(EVERY_FILE)}
        names = [path.name for path in self._site.storage.rglob("*") if path.is_file() and path.name != "filler"]
        stored = {name[:36] for name in names}
        complete = {name for name in names if len(name) == 36}
        ready = {file for file, state in rows.items() if state == "ready"}
        unfinished = {path.name[:36] for path in self._site.uploads.iterdir() if path.name != "filler"}
        found = {
            "deleted files are still rows": deleted & rows.keys(),
            "deleted files are still stored": deleted & stored,
            "stored files are of no message and no upload": stored - rows.keys() - deleted,
            "files are ready, and not stored": ready - complete,
            "files are ready, and their parts are still there": ready & unfinished,
        }
        return [f"{len(files)} {what}" for what, files in found.items() if files]
