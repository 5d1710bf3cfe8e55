/** A voice message: play and pause, a waveform to move in, the time, and the speed, which is remembered for the next one. */
import { button, h, icon } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { downloadAddress, fileAddress } from "../lib/file_addresses.js";

/** @typedef {import("../net/protocol.js").Attachment} Attachment */

const SPEEDS = [1, 1.5, 2];
const BARS = 40;
const FLAT = Array(BARS).fill(20);
const STEP_SECONDS = 5;
const LEAST = 8;

/** The one that plays: another one stops it. @type {HTMLAudioElement | null} */
let playing = null;
let speed = 1;

export class VoicePlayer {
  /** @type {HTMLAudioElement | null} */
  #audio = null;
  #play = button({ class: "play", tabindex: "-1" }, () => void this.#toggle());
  #wave = h("div", { class: "wave", role: "slider", tabindex: "-1", "aria-label": gettext("Position"), "aria-valuemin": 0 });
  #time = h("span", { class: "voice-time" });
  #speed = button({ class: "speed", tabindex: "-1" }, () => this.#faster());
  #bars;

  /**
   * @param {HTMLElement} box
   * @param {Attachment} file
   */
  constructor(box, file) {
    this.file = file;
    const levels = file.waveform?.length ? thinned(file.waveform, BARS) : FLAT;
    this.#bars = levels.map((level) => {
      const bar = h("i");
      bar.style.blockSize = `${Math.max(LEAST, Math.min(100, level))}%`;
      return bar;
    });
    this.#wave.append(...this.#bars);
    this.#wave.addEventListener("click", ({ clientX }) => {
      const { left, width } = this.#wave.getBoundingClientRect();
      this.#seek(((clientX - left) / width) * this.#length);
    });
    this.#wave.addEventListener("keydown", (event) => this.#pressed(event));
    box.classList.add("voice-player");
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", interpolate(gettext("Voice message, %(time)s"), { time: clock(file.seconds ?? 0) }));
    const label = interpolate(gettext("Download %(name)s"), { name: file.name });
    const save = h("a", { class: "icon", href: downloadAddress(file), download: file.name, tabindex: "-1", "aria-label": label, title: label }, icon("download"));
    box.replaceChildren(this.#play, this.#wave, this.#time, this.#speed, save);
    this.#draw();
  }

  get #length() {
    const known = this.#audio?.duration ?? NaN;
    return this.file.seconds || (Number.isFinite(known) ? known : 0);
  }

  /** The sound is loaded when it is played first. */
  get #sound() {
    if (this.#audio) return this.#audio;
    this.#audio = h("audio", { preload: "none", src: fileAddress(this.file) });
    for (const name of ["timeupdate", "play", "pause", "ended", "durationchange", "error"]) this.#audio.addEventListener(name, () => this.#draw());
    return this.#audio;
  }

  async #toggle() {
    const sound = this.#sound;
    if (!sound.paused) return sound.pause();
    playing?.pause();
    playing = sound;
    sound.playbackRate = speed;
    try {
      await sound.play();
    } catch {
      this.#time.textContent = gettext("It can’t be played here");
    }
  }

  /** @param {number} seconds */
  #seek(seconds) {
    const sound = this.#sound;
    sound.currentTime = Math.max(0, Math.min(this.#length, seconds));
    this.#draw();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const step = { ArrowLeft: -STEP_SECONDS, ArrowDown: -STEP_SECONDS, ArrowRight: STEP_SECONDS, ArrowUp: STEP_SECONDS }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.#seek((this.#audio?.currentTime ?? 0) + step);
  }

  #faster() {
    speed = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length];
    if (this.#audio) this.#audio.playbackRate = speed;
    this.#draw();
  }

  #draw() {
    const isPlaying = Boolean(this.#audio && !this.#audio.paused);
    const at = this.#audio?.currentTime ?? 0;
    const label = isPlaying ? gettext("Pause") : gettext("Play");
    if (this.#play.title !== label) this.#play.replaceChildren(icon(isPlaying ? "pause" : "play"));
    this.#play.setAttribute("aria-label", label);
    this.#play.title = label;
    const share = this.#length ? at / this.#length : 0;
    this.#bars.forEach((bar, index) => bar.classList.toggle("past", index < share * this.#bars.length));
    const time = interpolate(gettext("%(time)s / %(length)s"), { time: clock(at), length: clock(this.#length) });
    this.#time.textContent = at ? time : clock(this.#length);
    this.#wave.setAttribute("aria-valuemax", String(Math.round(this.#length)));
    this.#wave.setAttribute("aria-valuenow", String(Math.round(at)));
    this.#wave.setAttribute("aria-valuetext", time);
    this.#speed.textContent = `${speed}×`;
    this.#speed.setAttribute("aria-label", interpolate(gettext("Speed: %(speed)s×"), { speed }));
  }
}

/**
 * The loudest of each part.
 * @param {number[]} levels
 * @param {number} count
 */
export function thinned(levels, count) {
  const step = Math.max(1, levels.length / count);
  return Array.from({ length: Math.min(count, levels.length) }, (_, index) => {
    const first = Math.floor(index * step);
    return Math.max(...levels.slice(first, Math.max(first + 1, Math.floor((index + 1) * step))));
  });
}

/** @param {number} seconds */
export function clock(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
