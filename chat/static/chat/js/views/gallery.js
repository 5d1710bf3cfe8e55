/** Pictures one after the other over the whole page: arrow keys and swipes move, Enter or a double click zooms, Escape and Back close. */
import { HistoryEntry } from "../lib/history_entry.js";
import { blurOf } from "../lib/blur.js";
import { button, h, icon } from "../lib/dom.js";
import { downloadAddress, fileAddress, LARGE_PX, pictureAddress } from "../lib/file_addresses.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { sizeText } from "../lib/sizes.js";
import { written } from "../lib/text.js";

/** @typedef {import("../net/protocol.js").Attachment} Attachment */
/** `by`: who sent it; `at`: when, in words; `href`: the address of its message. @typedef {{file: Attachment, by: string, at: string, href: string}} Shown */

/** A finger that moves less does not swipe. */
const SWIPE_PX = 48;

/**
 * @param {Shown[]} pictures
 * @param {number} index of the first that is shown
 */
export function openGallery(pictures, index) {
  new Gallery(pictures).open(index);
}

class Gallery {
  #index = 0;
  #name = h("h2", { id: "gallery-name" });
  #about = h("p", {});
  #count = h("p", { class: "gallery-count", role: "status" });
  #stage = h("div", { class: "gallery-stage" });
  #jump = h("a", { class: "icon", "data-jump": "", "aria-label": gettext("Go to the message"), title: gettext("Go to the message") }, icon("thread"));
  #zoomer = button({ class: "icon zoom", "aria-pressed": "false", "aria-label": gettext("Zoom"), title: gettext("Zoom") }, () => this.#zoom(), icon("search"));
  #save = h("a", { class: "icon" }, icon("download"));
  #previous = step("back", gettext("Previous picture"), () => this.#show(this.#index - 1));
  #next = step("back", gettext("Next picture"), () => this.#show(this.#index + 1));
  /** While it is open, Back closes it. */
  #entry = new HistoryEntry(() => this.dialog.close());
  /** Whether the message of the picture is shown next. */
  #isLeaving = false;
  /** Where a finger went down. @type {{x: number, y: number} | null} */
  #touched = null;

  /** @param {Shown[]} pictures */
  constructor(pictures) {
    this.pictures = pictures;
    const label = gettext("Close");
    const close = button({ class: "icon", "aria-label": label, title: label }, () => this.dialog.close(), icon("close"));
    const header = h("header", {}, h("div", {}, this.#name, this.#about), this.#count, this.#zoomer, this.#jump, this.#save, close);
    this.#next.classList.add("next");
    this.dialog = h("dialog", { class: "gallery", "aria-labelledby": "gallery-name" }, header, this.#stage, this.#previous, this.#next);
    this.dialog.addEventListener("close", () => void this.#closed());
    this.dialog.addEventListener("keydown", (event) => this.#pressed(event));
    this.#jump.addEventListener("click", (event) => this.#leave(event));
    this.#stage.addEventListener("click", ({ target }) => target === this.#stage && this.dialog.close());
    this.#followFingers();
  }

  /** @param {number} index */
  open(index) {
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.#show(index);
    this.#entry.push();
  }

  /** @param {MouseEvent} event */
  #leave(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || this.#isLeaving) return;
    event.preventDefault();
    this.#isLeaving = true;
    this.dialog.close();
  }

  async #closed() {
    await this.#entry.remove();
    if (this.#isLeaving) this.#jump.click();
    this.dialog.remove();
  }

  /** @param {number} index */
  #show(index) {
    const shown = this.pictures[index];
    if (!shown) return;
    this.#index = index;
    const { file, by, at, href } = shown;
    const { name, size } = file;
    this.#name.replaceChildren(h("span", written(name), name));
    this.#about.replaceChildren(h("span", written(by), by), ` · ${at} · ${sizeText(size)}`);
    const { length } = this.pictures;
    this.#count.textContent = length > 1 ? interpolate(gettext("%(number)s of %(count)s"), { number: index + 1, count: length }) : "";
    this.#jump.href = href;
    const label = interpolate(gettext("Download %(name)s"), { name });
    for (const [attribute, value] of Object.entries({ href: downloadAddress(file), download: name, "aria-label": label, title: label })) this.#save.setAttribute(attribute, value);
    const focused = document.activeElement;
    this.#previous.hidden = index === 0;
    this.#next.hidden = index === length - 1;
    if (focused instanceof HTMLElement && focused.hidden) (this.#next.hidden ? this.#previous : this.#next).focus();
    this.#stage.replaceChildren(this.#picture(file));
    this.#zoomer.hidden = file.kind === "video";
    this.#drawZoom(false);
    this.#preload(index + 1);
  }

  /** @param {Attachment} file */
  #picture(file) {
    const { name, width = 1, height = 1, blur, kind } = file;
    if (kind === "video") return h("video", { class: "gallery-video", controls: true, playsinline: true, preload: "metadata", src: fileAddress(file), "aria-label": name });
    const image = h("img", { src: largeOf(file), alt: interpolate(gettext("Picture %(name)s"), { name }), width, height, draggable: "false" });
    const box = h("div", { class: "gallery-picture" });
    box.style.aspectRatio = `${width} / ${height}`;
    box.style.inlineSize = fitting(width, height);
    const colours = blurOf(blur);
    if (colours) box.append(colours);
    image.addEventListener("load", () => colours?.remove(), { once: true });
    image.addEventListener("error", () => box.replaceChildren(h("p", {}, gettext("The picture could not be loaded."))), { once: true });
    image.addEventListener("dblclick", (event) => this.#zoom(event));
    box.append(image);
    return box;
  }

  /** @param {number} index of a picture that is probably next */
  #preload(index) {
    const next = this.pictures[index];
    if (next && next.file.kind === "image") new Image().src = largeOf(next.file);
  }

  /**
   * Shows each pixel of the original, or the whole picture.
   * @param {{offsetX: number, offsetY: number}} [at] the point of the picture that comes to the middle
   */
  #zoom(at) {
    const image = this.#stage.querySelector("img");
    const box = image?.parentElement;
    const { file } = this.pictures[this.#index];
    if (!image || !box) return;
    const { width = 1, height = 1 } = file;
    const across = at ? at.offsetX / box.clientWidth : 0.5;
    const down = at ? at.offsetY / box.clientHeight : 0.5;
    const isZoomed = !this.#stage.classList.contains("zoomed");
    this.#drawZoom(isZoomed);
    box.style.inlineSize = isZoomed ? `max(${width}px, 100%)` : fitting(width, height);
    if (!isZoomed) return;
    image.src = fileAddress(file);
    this.#stage.scrollTo(box.clientWidth * across - this.#stage.clientWidth / 2, box.clientHeight * down - this.#stage.clientHeight / 2);
  }

  /** @param {boolean} isZoomed */
  #drawZoom(isZoomed) {
    this.#stage.classList.toggle("zoomed", isZoomed);
    this.#stage.tabIndex = isZoomed ? 0 : -1;
    this.#zoomer.setAttribute("aria-pressed", String(isZoomed));
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const forward = getComputedStyle(this.dialog).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    if (event.target instanceof HTMLVideoElement) return;
    const onImage = event.target === this.dialog || event.target === this.#stage;
    const isScrolled = event.target === this.#stage && this.#stage.classList.contains("zoomed") && event.key.startsWith("Arrow");
    if (isScrolled) return;
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") this.#show(this.#index + (event.key === forward ? 1 : -1));
    else if (event.key === "Home") this.#show(0);
    else if (event.key === "End") this.#show(this.pictures.length - 1);
    else if (event.key === "+" || event.key === "-" || (event.key === "Enter" && onImage)) this.#zoom();
    else return;
    event.preventDefault();
  }

  #followFingers() {
    this.#stage.addEventListener("touchstart", ({ touches }) => {
      const isMagnified = this.#stage.classList.contains("zoomed") || (visualViewport?.scale ?? 1) > 1;
      this.#touched = touches.length === 1 && !isMagnified ? { x: touches[0].clientX, y: touches[0].clientY } : null;
    }, { passive: true });
    this.#stage.addEventListener("touchend", ({ changedTouches: [finger] }) => {
      if (!this.#touched) return;
      const [across, down] = [finger.clientX - this.#touched.x, finger.clientY - this.#touched.y];
      this.#touched = null;
      if (Math.abs(across) > SWIPE_PX && Math.abs(across) > Math.abs(down)) this.#show(this.#index + (across < 0 ? 1 : -1));
      else if (Math.abs(down) > 2 * SWIPE_PX) this.dialog.close();
    });
  }
}

/**
 * The picture that fits into a page: the one that was made for it, if there is one.
 * @param {Attachment} file
 */
function largeOf(file) {
  const { large, animated, width = 0, height = 0 } = file;
  return large && !animated && Math.max(width, height) > LARGE_PX ? pictureAddress(file, "large") : fileAddress(file);
}

/**
 * How wide a picture is that is shown as a whole, not larger than it is, but not tiny.
 * @param {number} width
 * @param {number} height
 */
function fitting(width, height) {
  return `min(100%, (100dvh - var(--bar) - var(--space-6)) * ${width / height}, max(${width}px, 12rem))`;
}

/**
 * @param {string} drawing
 * @param {string} label
 * @param {() => void} act
 */
function step(drawing, label, act) {
  return button({ class: "icon step", "aria-label": label, title: label }, act, icon(drawing));
}
