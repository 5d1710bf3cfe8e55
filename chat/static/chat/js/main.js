/** Sets up the room page: connects the socket, the state, the views and the browser's events. */
import { socketAddress } from "./lib/addresses.js";
import { systemClock } from "./lib/clock.js";
import { Decoder } from "./net/decode.js";
import { Connection } from "./net/connection.js";
import { Dates, localeFor, zoneFor } from "./lib/dates.js";
import { byId } from "./lib/dom.js";
import { Drafts, DraftSync } from "./state/drafts.js";
import { gettext } from "./lib/i18n.js";
import { Items } from "./state/items.js";
import { exclusive } from "./lib/lock.js";
import { Outbox } from "./net/outbox.js";
import { ReadTracker } from "./state/read_tracker.js";
import { RoomPage } from "./views/room_page.js";
import { forgetOtherEpochs, localStorageOrNull, ScopedStorage, SIGNED_OUT, sweepSignedOut } from "./lib/storage.js";
import { SHORT_ABSENCE_MS, statusOf } from "./views/status.js";
import { StatusView } from "./views/status.js";
import { Store } from "./state/store.js";
import { Sync } from "./state/sync.js";
import { TypingNotice } from "./state/typing.js";

const MINUTE_MS = 60_000;
/** A page that was reloaded within this time is not reloaded again, because reloading did not help. */
const RELOADED_MS = 30_000;
/** After this many failed attempts to connect, other ways than a WebSocket are tried. */
const FAILURES = 2;

const decoder = new Decoder();
const bootstrap = decoder.bootstrap(JSON.parse(byId("bootstrap", HTMLElement).textContent ?? ""));
const { user, epoch, urls } = bootstrap;

const browserStorage = localStorageOrNull();
forgetOtherEpochs(browserStorage, epoch);
sweepSignedOut(browserStorage);
const storage = new ScopedStorage(browserStorage, { epoch, user: user.id });
storage.remove(SIGNED_OUT);

const connection = new Connection({ url: socketAddress(bootstrap.socket, location), WebSocket, decode: (frame) => decoder.decode(frame) });
const store = new Store(bootstrap);
const sync = new Sync(connection, store);
const outbox = new Outbox({
  storage,
  exclusive: exclusive("outbox", { locks: navigator.locks, storage }),
  deliver: (command) => connection.request(command),
});
const drafts = new Drafts(storage);
const items = new Items({ storage, request: (command) => connection.request(command) });
const send = /** @param {{type: string}} command */ (command) => connection.send(command);
const readTracker = new ReadTracker({ store, items, send });
const dates = new Dates(localeFor(document.documentElement.lang, navigator.languages), zoneFor(bootstrap.time_zone));
const page = new RoomPage({
  store,
  sync,
  outbox,
  drafts,
  items,
  readTracker,
  typing: new TypingNotice(send, systemClock),
  dates,
  storage,
  urls,
  pages: bootstrap.pages,
  current: bootstrap.open?.room.id ?? null,
});
const status = new StatusView({
  places: [byId("state", HTMLElement), byId("state-narrow", HTMLElement)],
  banner: byId("banner", HTMLElement),
  tryNow: () => connection.resume(),
});

const draftSync = new DraftSync({
  storage,
  drafts,
  items,
  limit: () => store.limits.body_chars,
  replaced: (room) => page.composer.offerDraft(room),
});
page.composer.on("draft", (room) => draftSync.changed(room));
page.composer.field.addEventListener("blur", () => flushDrafts());

/** @type {Promise<unknown> | null} */
let ways = null;
let openUntil = Date.now();
let stopped = "";

function drawStatus() {
  const away = Date.now() - openUntil;
  const { state } = connection;
  const now = statusOf({ state, caughtUp: sync.caughtUp || sync.current === null, online: navigator.onLine, away });
  status.draw(now, outbox.unsent, stopped);
}

/** @param {import("./net/protocol.js").Event} frame */
function apply(frame) {
  if (frame.type === "hello" && (frame.user.id !== user.id || frame.epoch !== epoch)) {
    // Another person has signed in in this browser, or the database has changed: nothing on this page is valid.
    reloadOnce(() => location.reload());
    return;
  }
  if (frame.type === "hello") readTracker.restart();
  items.apply(frame);
  sync.apply(frame);
  if (frame.type === "hello") outbox.start();
}

function flushDrafts() {
  page.composer.saveDraft();
  draftSync.flush();
}

/** @param {() => void} load */
function reloadOnce(load) {
  connection.stop();
  const last = Number(sessionStorage.getItem("reloaded") ?? 0);
  if (Date.now() - last < RELOADED_MS) {
    stopped = gettext("This page does not match the server's version any more.");
    drawStatus();
    return;
  }
  sessionStorage.setItem("reloaded", String(Date.now()));
  load();
}

/** @param {"signed_out" | "deactivated" | "fault"} why */
function ended(why) {
  stopped = {
    signed_out: gettext("You are signed out."),
    deactivated: gettext("Your account was deactivated. Ask an administrator of this space."),
    fault: gettext("This page and the server are incompatible."),
  }[why];
  if (why === "signed_out") reloadOnce(() => location.assign(`${urls.login}?signed_out&next=${encodeURIComponent(location.pathname)}`));
  drawStatus();
}

connection.on("frame", apply);
connection.on("pong", (revisions) => sync.pong(revisions));
connection.on("stopped", ended);
connection.on("state", (state) => {
  if (state === "open") openUntil = Infinity;
  else {
    if (openUntil === Infinity) openUntil = Date.now();
    sync.lost();
    outbox.pause();
    setTimeout(drawStatus, SHORT_ABSENCE_MS);
    if (state === "waiting" && connection.failures >= FAILURES) {
      ways ??= import("./views/connection_way.js").then(
        ({ followWays }) => followWays(connection, { user: user.id, name: storage.prefix, styles: urls.late_styles }),
        () => (ways = null),
      );
    }
  }
  drawStatus();
});
sync.on("caughtUp", drawStatus);
outbox.on("change", drawStatus);

addEventListener("online", () => {
  connection.resume();
  drawStatus();
});
addEventListener("offline", () => {
  connection.resume();
  drawStatus();
});
addEventListener("storage", (event) => event.newValue && event.key === storage.prefix + SIGNED_OUT && storage.close());
addEventListener("storage", (event) => (event.key === null || event.key.startsWith(storage.prefix)) && outbox.refresh());
addEventListener("pagehide", () => {
  flushDrafts();
  readTracker.flush();
  outbox.hurry();
});
addEventListener("submit", ({ target, defaultPrevented }) => {
  // Signing out leads to the sign-in page; the end of the session must not do so first.
  if (!defaultPrevented && target instanceof HTMLFormElement && target.dataset.signOut) connection.stop();
});
addEventListener("pageshow", (event) => event.persisted && connection.resume());
document.addEventListener("freeze", () => outbox.pause());
document.addEventListener("resume", () => connection.state === "open" && outbox.start());
document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? page.seen() : readTracker.flush()));
setInterval(() => page.newDay(), MINUTE_MS);

page.start();
connection.start();
