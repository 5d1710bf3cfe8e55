/**
 * Replaces a part of a field's text as if it was typed: it can be undone, and it dispatches `input`.
 * @param {HTMLTextAreaElement | HTMLInputElement} field
 * @param {string} text
 * @param {number} [start] the place of the caret if omitted
 * @param {number} [end]
 */
export function insertText(field, text, start = field.selectionStart ?? 0, end = field.selectionEnd ?? start) {
  field.focus();
  field.setSelectionRange(start, end);
  // Deprecated, but the only way that keeps what Ctrl Z undoes. It fails where the field cannot have the focus.
  if (document.activeElement === field && document.execCommand("insertText", false, text)) return;
  field.setRangeText(text, start, end, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText", data: text }));
}
