/** Highlights code on the screen. highlight.js is loaded with the first block whose language it knows. */
import { grammarOf } from "../lib/code_languages.js";

/** Longer code stays plain: it would take the page too long. */
const MOST_CHARS = 10_000;

/** @type {Promise<any> | null} */
let core = null;

const onScreen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    onScreen.unobserve(target);
    void highlight(/** @type {HTMLElement} */ (target)).catch(() => {}); // without a network, code stays plain
  }
});

/**
 * Highlights the code as soon as it is on the screen.
 * @param {HTMLElement} code
 * @param {string} language
 */
export function highlightOnScreen(code, language) {
  if ((code.textContent ?? "").length > MOST_CHARS) return;
  code.dataset.grammar = language;
  onScreen.observe(code);
}

/** @param {HTMLElement} code */
async function highlight(code) {
  const language = code.dataset.grammar ?? "";
  core ??= import("../../vendor/highlight/core.min.js").then(
    ({ default: library }) => (library.configure({ classPrefix: "code-" }), library),
    (error) => ((core = null), Promise.reject(error)),
  );
  const [library, grammar] = await Promise.all([core, grammarOf(language)]);
  if (!library.getLanguage(language)) library.registerLanguage(language, grammar);
  // The library escapes the text, and adds nothing but <span class="code-…">.
  code.innerHTML = library.highlight(code.textContent ?? "", { language, ignoreIllegals: true }).value;
}
