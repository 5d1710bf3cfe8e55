/** Files that are pasted or dropped on the page: it cannot take them yet, and says so instead of doing nothing. */
import { gettext } from "./i18n.js";

/**
 * Refuses files; pasting text stays as it is. Without this a dropped file would replace the page.
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
 * Office programs put a picture of what was copied beside its text.
 * @param {DataTransfer | null} data
 */
function hasOnlyFiles(data) {
  return hasFiles(data) && !data?.types.includes("text/plain");
}
