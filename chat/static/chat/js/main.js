/** Wires the room page: the connection to the state, the state to the views, and all of them to the browser's own events. */
import { socketAddress } from "./addresses.js";
import { systemClock } from "./clock.js";
import { Connection } from "./connection.js";
import { Dates, localeFor, zoneFor } from "./dates.js";
import { byId } from "./dom.js";
import { DraftSync } from "./draft_sync.js";
import { Drafts } from "./drafts.js";
import { gettext } from "./i18n.js";
import { Items } from "./items.js";
import { exclusive } from "./lock.js";
import { Outbox } from "./outbox.js";
import { Reading } from "./reading.js";
import { RoomPage } from "./room_page.js";
import { forgetOtherEpochs, localStorageOrNull, Shelf, SIGNED_OUT, sweepSignedOut } from "./storage.js";
import { SHORT_ABSENCE_MS, statusOf } from "./status.js";
import { StatusView } from "./status_view.js";
import { Store } from "./store.js";
import { Sync } from "./sync.js";
import { TypingNotice } from "./typing.js";

const MINUTE_MS = 60_000;
/** A page that was loaded anew so recently for the same reason is not loaded again: something else is wrong. */
const LOADED_ANEW_MS = 30_000;

const bootstrap = /** @type {import("./wire.js").Bootstrap} */ (JSON.parse(byId("bootstrap", HTMLElement).textContent ?? ""));
const { user, epoch, urls } = bootstrap;

const storage = localStorageOrNull();
forgetOtherEpochs(storage, epoch);
sweepSignedOut(storage);
const shelf = new Shelf(storage, { epoch, user: user.id });
shelf.remove(SIGNED_OUT);

const connection = new Connection({ url: socketAddress(bootstrap.socket, location), WebSocket });
const store = new Store(bootstrap);
const sync = new Sync(connection, store);
const outbox = new Outbox({
  shelf,
  exclusive: exclusive("outbox", { locks: navigator.locks, shelf }),
  deliver: (command) => connection.request(command),
});
const drafts = new Drafts(shelf);
const items = new Items({ shelf, request: (command) => connection.request(command) });
const tell = /** @param {{type: string}} command */ (command) => connection.tell(command);
const reading = new Reading(store, tell);
const dates = new Dates(localeFor(document.documentElement.lang, navigator.languages), zoneFor(bootstrap.time_zone));
const page = new RoomPage({
  store,
  sync,
  outbox,
  drafts,
  items,
  reading,
  typing: new TypingNotice(tell, systemClock),
  dates,
  urls,
  current: bootstrap.open.room.id,
});
const status = new StatusView({
  places: [byId("state", HTMLElement), byId("state-narrow", HTMLElement)],
  banner: byId("banner", HTMLElement),
  tryNow: () => connection.nudge(),
});

const draftSync = new DraftSync({
  shelf,
  drafts,
  items,
  limit: () => store.limits.body_chars,
  replaced: (room) => page.composer.offerDraft(room),
});
page.composer.on("draft", (room) => draftSync.changed(room));
page.composer.field.addEventListener("blur", () => {
  page.composer.saveDraft();
  draftSync.flush();
});

let openUntil = Date.now();
let stopped = "";

function drawStatus() {
  const away = Date.now() - openUntil;
  const { state } = connection;
  const now = statusOf({ state, caughtUp: sync.caughtUp || sync.current === null, online: navigator.onLine, away });
  status.draw(now, outbox.unsent, stopped);
}

/** @param {import("./wire.js").Frame} frame */
function take(frame) {
  if (frame.type === "hello" && (frame.user.id !== user.id || frame.epoch !== epoch)) {
    // Somebody else signed in here, or the database is another one: nothing on this page holds any more.
    loadAnew(() => location.reload());
    return;
  }
  if (frame.type === "hello") reading.restart();
  items.take(frame);
  sync.take(frame);
  if (frame.type === "hello") outbox.start();
}

/** @param {() => void} load */
function loadAnew(load) {
  connection.stop();
  const last = Number(sessionStorage.getItem("loaded-anew") ?? 0);
  if (Date.now() - last < LOADED_ANEW_MS) {
    stopped = gettext("This page no longer fits the server.");
    drawStatus();
    return;
  }
  sessionStorage.setItem("loaded-anew", String(Date.now()));
  load();
}

/** @param {"signed_out" | "deactivated" | "fault"} why */
function ended(why) {
  stopped = {
    signed_out: gettext("You are signed out."),
    deactivated: gettext("Your account was deactivated. Ask the people who run this space."),
    fault: gettext("This page and the server do not understand each other."),
  }[why];
  if (why === "signed_out") loadAnew(() => location.assign(`${urls.login}?signed_out&next=${encodeURIComponent(location.pathname)}`));
  drawStatus();
}

connection.on("frame", take);
connection.on("pong", (revisions) => sync.pong(revisions));
connection.on("stopped", ended);
connection.on("state", (state) => {
  if (state === "open") openUntil = Infinity;
  else {
    if (openUntil === Infinity) openUntil = Date.now();
    sync.lost();
    outbox.pause();
    setTimeout(drawStatus, SHORT_ABSENCE_MS);
  }
  drawStatus();
});
sync.on("caughtUp", drawStatus);
outbox.on("change", drawStatus);

addEventListener("online", () => {
  connection.nudge();
  drawStatus();
});
addEventListener("offline", () => {
  connection.nudge();
  drawStatus();
});
addEventListener("storage", (event) => event.newValue && event.key === shelf.prefix + SIGNED_OUT && shelf.close());
addEventListener("storage", (event) => (event.key === null || event.key.startsWith(shelf.prefix)) && outbox.refresh());
addEventListener("pagehide", () => {
  page.composer.saveDraft();
  draftSync.flush();
  reading.flush();
  outbox.hurry();
});
addEventListener("pageshow", (event) => event.persisted && connection.nudge());
document.addEventListener("freeze", () => outbox.pause());
document.addEventListener("resume", () => connection.state === "open" && outbox.start());
document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? page.seen() : reading.flush()));
setInterval(() => page.newDay(), MINUTE_MS);

page.start();
connection.start();
