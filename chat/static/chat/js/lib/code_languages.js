/** The languages of code blocks that can be highlighted. Each is loaded with its first block on the screen. */

/** @typedef {{label: string, load: () => Promise<{default: any}>}} Language */

/** @type {Record<string, Language>} */
const LANGUAGES = {
  bash: { label: "Shell", load: () => import("../../vendor/highlight/languages/bash.min.js") },
  c: { label: "C", load: () => import("../../vendor/highlight/languages/c.min.js") },
  cpp: { label: "C++", load: () => import("../../vendor/highlight/languages/cpp.min.js") },
  csharp: { label: "C#", load: () => import("../../vendor/highlight/languages/csharp.min.js") },
  css: { label: "CSS", load: () => import("../../vendor/highlight/languages/css.min.js") },
  diff: { label: "Diff", load: () => import("../../vendor/highlight/languages/diff.min.js") },
  dockerfile: { label: "Dockerfile", load: () => import("../../vendor/highlight/languages/dockerfile.min.js") },
  go: { label: "Go", load: () => import("../../vendor/highlight/languages/go.min.js") },
  ini: { label: "INI", load: () => import("../../vendor/highlight/languages/ini.min.js") },
  java: { label: "Java", load: () => import("../../vendor/highlight/languages/java.min.js") },
  javascript: { label: "JavaScript", load: () => import("../../vendor/highlight/languages/javascript.min.js") },
  json: { label: "JSON", load: () => import("../../vendor/highlight/languages/json.min.js") },
  kotlin: { label: "Kotlin", load: () => import("../../vendor/highlight/languages/kotlin.min.js") },
  markdown: { label: "Markdown", load: () => import("../../vendor/highlight/languages/markdown.min.js") },
  php: { label: "PHP", load: () => import("../../vendor/highlight/languages/php.min.js") },
  python: { label: "Python", load: () => import("../../vendor/highlight/languages/python.min.js") },
  ruby: { label: "Ruby", load: () => import("../../vendor/highlight/languages/ruby.min.js") },
  rust: { label: "Rust", load: () => import("../../vendor/highlight/languages/rust.min.js") },
  sql: { label: "SQL", load: () => import("../../vendor/highlight/languages/sql.min.js") },
  swift: { label: "Swift", load: () => import("../../vendor/highlight/languages/swift.min.js") },
  typescript: { label: "TypeScript", load: () => import("../../vendor/highlight/languages/typescript.min.js") },
  xml: { label: "HTML", load: () => import("../../vendor/highlight/languages/xml.min.js") },
  yaml: { label: "YAML", load: () => import("../../vendor/highlight/languages/yaml.min.js") },
};

/** Other names of languages. @type {Record<string, string>} */
const ALIASES = {
  ...{ sh: "bash", shell: "bash", zsh: "bash", console: "bash", h: "c", "c++": "cpp", cc: "cpp", hpp: "cpp", "c#": "csharp", cs: "csharp" },
  ...{ patch: "diff", docker: "dockerfile", golang: "go", toml: "ini", js: "javascript", jsx: "javascript", mjs: "javascript", kt: "kotlin" },
  ...{ md: "markdown", py: "python", py3: "python", rb: "ruby", rs: "rust", ts: "typescript", tsx: "typescript", html: "xml", svg: "xml", yml: "yaml" },
};

/**
 * The name of a language, as highlight.js knows it; null if it is not one of these.
 * @param {string} typed after a fence, in lower case
 */
export function languageOf(typed) {
  const name = Object.hasOwn(ALIASES, typed) ? ALIASES[typed] : typed;
  return Object.hasOwn(LANGUAGES, name) ? name : null;
}

/**
 * What a block of code is called.
 * @param {string} typed
 */
export function labelOf(typed) {
  const name = languageOf(typed);
  return name ? LANGUAGES[name].label : typed;
}

/** @param {string} name of a language */
export async function grammarOf(name) {
  return (await LANGUAGES[name].load()).default;
}
