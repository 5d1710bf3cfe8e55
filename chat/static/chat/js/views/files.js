/** Refuses files that are pasted or dropped on the page, with a message. */
import { gettext } from "../lib/i18n.js";

/**
 * Refuses files; pasting text still works. Otherwise a dropped file would replace the page.
 * @param {(text: string) => void} say
 */
export function refuseFiles(say) {
  const refuse = () => say(gettext("Files and pictures can’t be sent yet. Send a link instead."));
  document.addEventListener("paste", (event) => {
    if (hasOnlyFiles(event.clipboardData)) refuse();
  });
  document.addEventListener("dragover", (event) => {
    if (hasFiles(event.dataTransfer)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event.dataTransfer)) return;
    event.preventDefault();
    refuse();
  });
}

/** @param {DataTransfer | null} data */
function hasFiles(data) {
  return data?.types.includes("Files") ?? false;
}

/**
 * Office programs copy a picture together with the text.
 * @param {DataTransfer | null} data
 */
function hasOnlyFiles(data) {
  return hasFiles(data) && !data?.types.includes("text/plain");
}
