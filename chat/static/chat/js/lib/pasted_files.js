/** Names of pasted pictures: browsers call all that come from the clipboard the same. */
import { gettext, interpolate } from "./i18n.js";

const NAMELESS = new Set(["image.png", "image.jpg", "image.jpeg", "image.gif", "image.webp", "image.bmp", "image.tiff"]);

/**
 * The files, those without a name of their own with one that says when they were pasted.
 * @param {File[]} files
 * @param {Date} now
 */
export function pastedAs(files, now) {
  return files.map((file, index) => {
    if (file.name && !NAMELESS.has(file.name.toLowerCase())) return file;
    const ending = file.name.split(".").at(1) || file.type.split("/").at(-1) || "png";
    const time = stamp(now) + (index ? ` (${index + 1})` : "");
    const name = interpolate(gettext("Pasted picture %(time)s"), { time });
    return new File([file], `${name}.${ending}`, { type: file.type });
  });
}

/**
 * In the person's own time, without what file systems refuse.
 * @param {Date} date
 */
function stamp(date) {
  const two = /** @param {number} number */ (number) => String(number).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(".")}`;
}
