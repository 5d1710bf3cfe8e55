/**
 * Forms in which somebody chooses a picture: the part of the image that is used is chosen here and sent small. Without this script,
 * or for an image that the browser cannot read, the server uses the square in the middle.
 */
import { h } from "../lib/dom.js";
import { written } from "../lib/text.js";

/** Width and height of what is sent, px: twice the largest size that the server makes. */
const SIDE = 512;
const QUALITY = 0.92;
/** An arrow key moves the picture by this part of the square. */
const STEP = 0.05;

/** A square within an image that can be moved and made smaller. */
export class Crop {
  zoom = 1;

  /** @param {{width: number, height: number}} image */
  constructor({ width, height }) {
    this.width = width;
    this.height = height;
    this.x = width / 2;
    this.y = height / 2;
  }

  /** Width of the square in pixels of the image. */
  get side() {
    return Math.min(this.width, this.height) / this.zoom;
  }

  get left() {
    return this.x - this.side / 2;
  }

  get top() {
    return this.y - this.side / 2;
  }

  /**
   * Moves the image below the square, as far as the image goes.
   * @param {number} right in squares
   * @param {number} down in squares
   */
  move(right, down) {
    this.x -= right * this.side;
    this.y -= down * this.side;
    this.#stayInside();
  }

  /** @param {number} zoom 1 shows as much as fits */
  zoomTo(zoom) {
    this.zoom = zoom;
    this.#stayInside();
  }

  #stayInside() {
    const half = this.side / 2;
    this.x = Math.min(Math.max(this.x, half), this.width - half);
    this.y = Math.min(Math.max(this.y, half), this.height - half);
  }
}

/** @type {Record<string, [right: number, down: number]>} */
const MOVES = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

class PictureForm {
  /** @type {{image: ImageBitmap, crop: Crop} | null} */
  #chosen = null;
  /** Where the pointer was last while it drags. */
  #pointer = { x: 0, y: 0 };

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.input = part(form, "input[type=file]", HTMLInputElement);
    this.name = part(form, "[data-file-name]", HTMLElement);
    this.area = part(form, ".crop", HTMLElement);
    this.stage = part(form, ".crop-stage", HTMLElement);
    this.canvas = part(form, "canvas", HTMLCanvasElement);
    this.zoom = part(form, "input[type=range]", HTMLInputElement);
    this.input.addEventListener("change", () => void this.#choose(this.input.files?.[0]));
    this.zoom.addEventListener("input", () => this.#zoom());
    this.stage.addEventListener("keydown", (event) => this.#pressed(event));
    this.stage.addEventListener("pointerdown", (event) => this.#grabbed(event));
    this.stage.addEventListener("pointermove", (event) => this.#dragged(event));
    form.addEventListener("submit", (event) => this.#submit(event));
  }

  /** @param {File | undefined} file */
  async #choose(file) {
    this.name.replaceChildren(file ? h("span", { ...written(file.name), title: file.name }, file.name) : "");
    const image = file && (await createImageBitmap(file).catch(() => null));
    this.#chosen?.image.close();
    this.#chosen = image ? { image, crop: new Crop(image) } : null;
    this.area.hidden = !image;
    this.zoom.value = "1";
    this.#draw();
  }

  #draw() {
    if (!this.#chosen) return;
    const { image, crop } = this.#chosen;
    const context = this.canvas.getContext("2d");
    context?.clearRect(0, 0, SIDE, SIDE);
    context?.drawImage(image, crop.left, crop.top, crop.side, crop.side, 0, 0, SIDE, SIDE);
  }

  #zoom() {
    this.#chosen?.crop.zoomTo(Number(this.zoom.value));
    this.#draw();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const move = MOVES[event.key];
    if (!move || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#move(...move);
  }

  /** @param {PointerEvent} event */
  #grabbed({ pointerId, clientX: x, clientY: y }) {
    this.stage.setPointerCapture(pointerId);
    this.#pointer = { x, y };
  }

  /** @param {PointerEvent} event */
  #dragged({ pointerId, clientX: x, clientY: y }) {
    if (!this.stage.hasPointerCapture(pointerId)) return;
    const width = this.stage.clientWidth;
    this.#move((x - this.#pointer.x) / width, (y - this.#pointer.y) / width);
    this.#pointer = { x, y };
  }

  /**
   * @param {number} right in squares
   * @param {number} down in squares
   */
  #move(right, down) {
    this.#chosen?.crop.move(right, down);
    this.#draw();
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    if (!this.#chosen) return;
    event.preventDefault();
    this.canvas.toBlob((blob) => {
      if (blob) this.#replaceFile(new File([blob], "picture", { type: blob.type }));
      this.form.submit();
    }, "image/webp", QUALITY);
  }

  /** @param {File} file */
  #replaceFile(file) {
    const transfer = new DataTransfer();
    transfer.items.add(file);
    this.input.files = transfer.files;
  }
}

/**
 * @template {HTMLElement} T
 * @param {HTMLElement} form
 * @param {string} selector
 * @param {{new (): T}} type
 * @returns {T}
 */
function part(form, selector, type) {
  const found = form.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`No ${selector} in the form`);
  return found;
}

/** @type {WeakSet<Element>} */
const prepared = new WeakSet();

/**
 * Prepares the forms that are not prepared yet.
 * @param {ParentNode} root
 */
export function preparePictures(root) {
  for (const form of root.querySelectorAll("form[data-picture]")) {
    if (!prepared.has(form)) new PictureForm(/** @type {HTMLFormElement} */ (form));
    prepared.add(form);
  }
}
