/** Threads in the address and the history of the page. */
import { messageAddress } from "../lib/addresses.js";
import { here, sinceList } from "./page_router.js";

/** @typedef {import("./page_router.js").PageRouter} PageRouter */

/**
 * The address of a reply in a thread of the current room.
 * @param {PageRouter} router
 * @param {number} position of the message of the thread
 * @param {number} reply position of the reply, 0 for the newest
 */
export function threadAddress({ pattern, room }, position, reply) {
  return `${messageAddress(pattern, room?.summary.slug ?? "", position)}${reply}/`;
}

/**
 * Shows the thread of a message beside the room, which stays where it is. Of several threads in succession, back leaves the last one to
 * the room.
 * @param {PageRouter} router
 * @param {number} position
 */
export function openThread(router, position) {
  if (router.thread?.position === position) return;
  const address = threadAddress(router, position, 0);
  const entries = sinceList();
  if (history.state?.thread) history.replaceState(history.state, "", address);
  else history.pushState({ from: here(), sinceList: entries === undefined ? undefined : entries + 1, thread: true }, "", address);
  router.thread = { position, reply: 0 };
  router.emit("thread", null);
}

/**
 * The reader closed the thread: goes back to what was shown before, or to its message.
 * @param {PageRouter} router
 */
export function closeThread(router) {
  const { thread, room, pattern } = router;
  if (!thread || !room) return;
  router.thread = null;
  router.isGoingBack = Boolean(history.state?.thread);
  if (router.isGoingBack) history.back();
  else history.replaceState(history.state, "", messageAddress(pattern, room.summary.slug, thread.position));
}
