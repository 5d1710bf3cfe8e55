/** Tells the reader what became of something of theirs, once on one of their devices. */
import { gettext } from "../lib/i18n.js";
import { NOTICE } from "../state/items.js";

/** @typedef {{code: string}} Value */

/** @returns {Record<string, string>} */
const texts = () => ({
  report_acted_on: gettext("Somebody looked at the message that you reported, and has done something about it. Thank you."),
  report_dismissed: gettext("Somebody looked at the message that you reported, and found nothing wrong with it. Thank you."),
  held_posted: gettext("A message of yours that was held has been posted."),
  webhook_failed: gettext("A webhook of yours was switched off, because its receiver kept failing. The settings of its room say more."),
  webhook_left: gettext("A webhook of yours was switched off, because you are not in its room any more."),
  held_declined: gettext("A message of yours that was held has been declined."),
});

/**
 * @param {import("../state/items.js").Items} items
 * @param {(text: string) => void} say
 */
export function followNotices(items, say) {
  const draw = () => {
    const present = items.keys(NOTICE).filter((key) => items.value(NOTICE, key));
    if (!present.length || document.visibilityState !== "visible") return;
    const said = texts();
    const news = new Set(present.map((key) => said[/** @type {Value} */ (items.value(NOTICE, key)).code]).filter(Boolean));
    for (const key of present) void items.set(NOTICE, key, null);
    if (news.size) say([...news].join(" "));
  };
  items.on("change", (kind) => kind === NOTICE && draw());
  document.addEventListener("visibilitychange", draw);
  draw();
}
