/** Invites people into the space: makes a link, shows it once with its QR code, and lists the links that are open. */
import { copy } from "../lib/plain_http.js";
import { button, h, icon } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { written } from "../lib/text.js";
import { ask, send } from "../net/forms.js";
import { refusal } from "./form_field.js";
import { Sheet } from "./sheet.js";

/** @typedef {{id: number, by: string, about: string, joined: number, revoke: string}} OpenLink `revoke`: an address, or "" */
/** @typedef {{value: number, label: string, first: boolean}} Choice */

const SVG = "http://www.w3.org/2000/svg";

export class InviteSheet {
  #sheet = new Sheet(gettext("Invite people"));
  #made = h("div", { class: "made" });
  #choices = h("div", { class: "invite-choices" });
  #make = h("button", { class: "button" }, gettext("Create a link"));
  #wrong = h("p", { class: "wrong", role: "alert" });
  #form = h("form", { class: "sheet-form" }, this.#choices, this.#wrong, this.#make);
  #summary = h("span", {});
  #list = h("ul", { class: "open-links", hidden: true });
  #see = button({ class: "button bare", "aria-expanded": "false" }, () => this.#toggleLinks(), gettext("See and revoke"));
  #links = h("div", { class: "links-line", hidden: true }, this.#summary, this.#see);
  #isSending = false;

  /** @param {string} address */
  constructor(address) {
    this.address = address;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#create();
    });
    this.#sheet.pad.append(h("p", { class: "said" }, gettext("Anybody who opens the link can create an account.")), this.#made, this.#form, this.#links, this.#list);
  }

  open() {
    this.#make.disabled = true;
    this.#sheet.open();
    ask(this.address).then(
      (answer) => this.#offer(answer),
      (error) => (this.#wrong.textContent = refusal(error)),
    );
  }

  /** @param {{signups: string, days: Choice[], uses: Choice[], kinds?: Choice[], links: OpenLink[]}} answer */
  #offer({ signups, days, uses, kinds = [], links }) {
    if (signups === "closed") {
      this.#sheet.pad.replaceChildren(h("p", {}, gettext("Sign-up is closed on this site: accounts are created in the administration.")));
      return;
    }
    this.#choices.replaceChildren(segments("days", gettext("Valid for"), days), segments("max_uses", gettext("Number of people"), uses));
    if (kinds.length > 1) this.#choices.append(kindChoice(kinds));
    this.#make.disabled = false;
    this.#drawLinks(links);
    this.#make.focus();
  }

  async #create() {
    if (this.#isSending) return;
    this.#isSending = true;
    this.#wrong.textContent = "";
    const fields = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(this.#form)));
    try {
      const { link, qr, links } = await send(this.address, fields);
      this.#show(link, qr);
      this.#drawLinks(links);
    } catch (error) {
      this.#wrong.textContent = refusal(error);
    } finally {
      this.#isSending = false;
    }
  }

  /**
   * @param {string} link
   * @param {{size: number, path: string}} qr
   */
  #show(link, qr) {
    const field = h("input", { class: "input", id: "invitation-link", readonly: true, value: link });
    const said = h("p", { class: "said", role: "status" }, gettext("Copy it now. It is shown only once."));
    const copying = button({ class: "button" }, () => void copyLink(), icon("copy"), gettext("Copy"));
    const copyLink = async () => {
      field.select();
      said.textContent = (await copy(link)) ? gettext("Copied") : gettext("Your browser does not allow this page to copy.");
    };
    this.#made.replaceChildren(h("label", { for: field.id }, gettext("Invitation link")), h("div", { class: "link-line" }, field, copying), said, qrImage(qr));
    this.#make.textContent = gettext("Create another link");
    this.#make.classList.add("quiet");
    copying.focus();
    this.#sheet.pad.scrollTop = 0;
  }

  #toggleLinks() {
    this.#list.hidden = !this.#list.hidden;
    this.#see.setAttribute("aria-expanded", String(!this.#list.hidden));
    if (!this.#list.hidden) this.#list.scrollIntoView({ block: "nearest" });
  }

  /** @param {OpenLink[]} links */
  #drawLinks(links) {
    const joined = links.reduce((sum, link) => sum + link.joined, 0);
    const open = interpolate(ngettext("%(count)s link is open", "%(count)s links are open", links.length), { count: links.length });
    const people = interpolate(ngettext("%(count)s person joined with them", "%(count)s people joined with them", joined), { count: joined });
    this.#links.hidden = !links.length;
    this.#summary.replaceChildren(open, " ", h("small", {}, `· ${people}`));
    if (!links.length) this.#list.hidden = true;
    this.#list.replaceChildren(...links.map((link) => this.#row(link)));
  }

  /** @param {OpenLink} link */
  #row(link) {
    const label = [gettext("Revoke"), `${link.by}, ${link.about}`].join(": ");
    const revoke = link.revoke && button({ class: "button bare", "aria-label": label }, () => void this.#revoke(link), gettext("Revoke"));
    return h("li", {}, h("span", {}, h("b", written(link.by), link.by), h("small", {}, link.about)), revoke);
  }

  /** @param {OpenLink} link */
  async #revoke({ revoke }) {
    this.#wrong.textContent = "";
    try {
      await send(revoke, {});
      this.#drawLinks((await ask(this.address)).links);
      (this.#links.hidden ? this.#make : this.#see).focus();
    } catch (error) {
      this.#wrong.textContent = refusal(error);
    }
  }
}

/**
 * @param {string} name
 * @param {string} label
 * @param {Choice[]} choices
 */
function segments(name, label, choices) {
  const radios = choices.map(({ value, label: text, first }) => h("label", {}, h("input", { class: "visually-hidden", type: "radio", name, value, checked: first }), text));
  return h("fieldset", {}, h("legend", {}, label), h("div", { class: "segments" }, ...radios));
}

/** @param {Choice[]} kinds members, or guests of a room */
function kindChoice(kinds) {
  const options = kinds.map(({ value, label }) => h("option", { value }, label));
  const select = h("select", { class: "input", id: "invitation-kind", name: "guest_room" }, ...options);
  return h("div", { class: "form-field" }, h("label", { for: select.id }, gettext("People who follow it become")), select);
}

/** @param {{size: number, path: string}} qr */
function qrImage({ size, path }) {
  const svg = document.createElementNS(SVG, "svg");
  const modules = document.createElementNS(SVG, "path");
  modules.setAttribute("d", path);
  svg.setAttribute("class", "qr");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", gettext("QR code of the link"));
  svg.append(modules);
  return svg;
}
