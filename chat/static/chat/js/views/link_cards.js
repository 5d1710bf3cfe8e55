/** What is in the cards of links below a message: the previews of pages. Loaded with the first message that has one. */
import { blurOf } from "../lib/blur.js";
import { button, h, icon } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { lateStyles } from "../lib/late_styles.js";
import { siteOf } from "../lib/link_site.js";
import { written } from "../lib/text.js";

/** @typedef {import("../net/protocol.js").LinkPreview} LinkPreview */
/** @typedef {import("./rows.js").MessageRow} MessageRow */
/** @typedef {import("./message.js").Context} Context */

/**
 * @typedef {object} CardContext
 * @property {(message: import("../net/protocol.js").Message) => boolean} mayRemove
 * @property {(message: import("../net/protocol.js").Message, url: string) => void} remove
 */

const RELATION = "noopener noreferrer nofollow ugc";

/**
 * Fills the boxes once their styles are there.
 * @param {HTMLElement} place with a box for each preview
 * @param {MessageRow} row
 * @param {Context} context
 */
export async function fill(place, row, context) {
  await lateStyles(context.polls.styles);
  row.previews.forEach((preview, index) => fillCard(place.children[index], card(preview, row, context)));
}

/**
 * @param {Element | undefined} box
 * @param {HTMLElement[]} parts
 */
function fillCard(box, parts) {
  box?.classList.add("link-card");
  box?.replaceChildren(...parts);
}

/**
 * @param {LinkPreview} preview
 * @param {MessageRow} row
 * @param {Context} context
 */
function card(preview, { message }, { cards }) {
  const { url, title, description, image } = preview;
  const site = siteOf(preview);
  const link = h("a", { href: url, target: "_blank", rel: RELATION, tabindex: "-1", ...written(title) }, title);
  const said = h("div", { class: "said" }, h("small", written(site), site), link, description && h("p", written(description), description));
  /** @type {HTMLElement[]} */
  const parts = image ? [said, picture(image)] : [said];
  if (cards.mayRemove(message)) parts.push(removal(title, () => cards.remove(message, url)));
  return parts;
}

/** @param {NonNullable<LinkPreview["image"]>} image */
function picture({ id, width, height, blur }) {
  const shown = h("img", { alt: "", src: `/previews/${id}/`, width, height, loading: "lazy", decoding: "async" });
  const colours = blurOf(blur);
  const place = h("div", { class: "shown" }, colours, shown);
  shown.addEventListener("load", () => colours?.remove(), { once: true });
  shown.addEventListener("error", () => shown.remove(), { once: true });
  return place;
}

/**
 * @param {string} title
 * @param {() => void} press
 */
function removal(title, press) {
  const text = gettext("Remove the preview");
  return button({ class: "icon remove", title: text, "aria-label": `${text}: ${title}`, tabindex: "-1" }, press, icon("close"));
}
