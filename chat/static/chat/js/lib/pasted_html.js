/**
 * Converts HTML from the clipboard to the markup of messages. The HTML is parsed into a document that is displayed nowhere and loads
 * nothing, and only its text and some of its elements are read.
 */

/** Larger clipboards are pasted as text. */
const MOST_HTML = 200_000;
const MOST_NODES = 5_000;
const MOST_LEVELS = 30;
const MOST_CHARS = 20_000;

/** @type {Record<string, string>} */
const SIGNS = { B: "**", STRONG: "**", I: "*", EM: "*", S: "~~", DEL: "~~", STRIKE: "~~" };
const BLOCKS = new Set(["P", "DIV", "SECTION", "ARTICLE", "H1", "H2", "H3", "H4", "H5", "H6", "TR", "TABLE", "UL", "OL", "BLOCKQUOTE", "PRE", "HEADER"]);
const SKIPPED = new Set(["SCRIPT", "STYLE", "TITLE", "HEAD", "TEMPLATE", "NOSCRIPT", "SVG", "IFRAME", "OBJECT", "SELECT", "BUTTON"]);
/** Elements for which it is worth converting. */
const MARKED = "b, strong, i, em, s, del, strike, code, pre, blockquote, ul, ol, a[href]";

/**
 * The markup of some HTML; null if it has none, or too much.
 * @param {string} html
 */
export function markupOf(html) {
  if (html.length > MOST_HTML) return null;
  const { body } = new DOMParser().parseFromString(html, "text/html");
  if (!body.querySelector(MARKED)) return null;
  const walk = new Walk();
  const text = walk.children(body, 0);
  return walk.isTooLarge || text.length > MOST_CHARS ? null : tidied(text);
}

class Walk {
  #left = MOST_NODES;

  get isTooLarge() {
    return this.#left < 0;
  }

  /**
   * @param {Node} node
   * @param {number} level
   */
  children(node, level) {
    return level > MOST_LEVELS ? (node.textContent ?? "") : [...node.childNodes].map((child) => this.#node(child, level + 1)).join("");
  }

  /**
   * @param {Node} node
   * @param {number} level
   * @returns {string}
   */
  #node(node, level) {
    if ((this.#left -= 1) < 0) return "";
    if (node.nodeType === Node.TEXT_NODE) return (node.textContent ?? "").replace(/\s+/gu, " ");
    if (!(node instanceof Element) && node.nodeType !== Node.ELEMENT_NODE) return "";
    const element = /** @type {HTMLElement} */ (node);
    const name = element.tagName.toUpperCase();
    if (SKIPPED.has(name)) return "";
    if (name === "BR") return "\n";
    if (name === "PRE") return `\n\`\`\`\n${(element.textContent ?? "").trimEnd()}\n\`\`\`\n`;
    if (name === "CODE") return coded(element.textContent ?? "");
    const inside = this.children(element, level);
    if (Object.hasOwn(SIGNS, name)) return isPlain(element) ? inside : signed(inside, SIGNS[name]);
    if (name === "A") return link(inside, element.getAttribute("href") ?? "");
    if (name === "BLOCKQUOTE") return `\n${prefixed(inside, "> ")}\n`;
    if (name === "LI") return `\n${item(element, inside)}`;
    return BLOCKS.has(name) ? `\n${inside}\n` : inside;
  }
}

/**
 * Some programs wrap everything in <b style="font-weight: normal">.
 * @param {HTMLElement} element
 */
function isPlain(element) {
  return ["normal", "400"].includes(element.style.fontWeight);
}

/**
 * @param {string} text
 * @param {string} sign
 */
function signed(text, sign) {
  const inside = text.trim();
  if (!inside || inside.includes("\n")) return text;
  return text.replace(inside, () => sign + inside + sign);
}

/** @param {string} text */
function coded(text) {
  if (!text.trim()) return text;
  const sign = text.includes("`") ? "``" : "`";
  return sign + (sign === "``" ? ` ${text} ` : text) + sign;
}

/**
 * @param {string} text
 * @param {string} address
 */
function link(text, address) {
  const label = text.trim();
  const isPage = ["https://", "http://", "mailto:"].some((scheme) => address.toLowerCase().startsWith(scheme));
  if (!label || !isPage || label.includes("\n") || label === address) return text;
  return `[${label}](${address.replaceAll("(", "%28").replaceAll(")", "%29").replaceAll(" ", "%20")})`;
}

/**
 * @param {string} text
 * @param {string} mark
 */
function prefixed(text, mark) {
  return tidied(text)
    .split("\n")
    .map((line) => (mark + line).trimEnd())
    .join("\n");
}

/**
 * @param {HTMLElement} element
 * @param {string} inside
 */
function item(element, inside) {
  const list = element.parentElement;
  const isNumbered = list?.tagName === "OL";
  const mark = isNumbered ? `${[...list.children].indexOf(element) + 1}. ` : "- ";
  const [first, ...rest] = tidied(inside).split("\n");
  return [mark + first, ...rest.map((line) => " ".repeat(mark.length) + line)].join("\n");
}

/**
 * Without spaces around line breaks, outside of code, and without several empty lines.
 * @param {string} text
 */
function tidied(text) {
  /** @type {string[]} */
  const lines = [];
  let isCode = false;
  for (const line of text.split("\n")) {
    const isFence = line.trim().startsWith("```");
    if (isFence) isCode = !isCode;
    const kept = isCode || isFence ? line : line.trimEnd().replace(/^ (?! )/u, "");
    if (kept || isCode || lines.at(-1)) lines.push(kept);
  }
  return lines.join("\n").trim();
}
