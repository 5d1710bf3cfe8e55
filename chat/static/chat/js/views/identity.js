/** Redraws what the server drew of the person and of the space, after their name or picture changed. */
import { byId, h } from "../lib/dom.js";
import { written } from "../lib/text.js";
import { avatar } from "./people.js";

export class Identity {
  #space = byId("space", HTMLElement);

  /** @param {import("../state/store.js").Store} store */
  constructor(store) {
    this.store = store;
    store.on("me", () => this.#drawMe());
    store.on("space", () => this.#drawSpace());
    this.#drawMe();
    this.#drawSpace();
  }

  #drawMe() {
    const { user } = this.store;
    for (const place of document.querySelectorAll("[data-me]")) {
      const name = place.querySelector(".name");
      const face = place.querySelector(".avatar");
      if (!name || !face || (name.textContent === user.name && pictureIn(place) === user.avatar)) continue;
      setText(name, user.name);
      face.replaceWith(avatar(user, { small: true }));
    }
  }

  #drawSpace() {
    const { space } = this.store;
    const opener = this.#space.parentElement;
    const picture = space?.picture ?? null;
    if (!space || !opener || (this.#space.textContent === space.name && pictureIn(opener) === picture)) return;
    setText(this.#space, space.name);
    opener.querySelector(".mark")?.replaceWith(mark(picture));
    setIcon(picture);
    this.store.emit("rooms", null); // the title of the page names the space
  }
}

/**
 * The address of the picture in an element, or null.
 * @param {Element} element
 */
function pictureIn(element) {
  return element.querySelector("img")?.getAttribute("src") ?? null;
}

/** @param {string | null} picture */
function mark(picture) {
  return picture ? h("img", { class: "mark", src: picture, alt: "" }) : h("span", { class: "mark", "aria-hidden": "true" }, "사");
}

/** @param {string | null} picture */
function setIcon(picture) {
  const icon = document.querySelector("link[rel=icon]");
  if (!(icon instanceof HTMLLinkElement)) return;
  icon.type = picture ? "image/webp" : "image/svg+xml";
  icon.href = picture ?? icon.dataset.default ?? "";
}

/**
 * @param {Element} element
 * @param {string} text
 */
function setText(element, text) {
  element.textContent = text;
  const { lang } = written(text);
  if (lang) element.setAttribute("lang", lang);
  else element.removeAttribute("lang");
}
