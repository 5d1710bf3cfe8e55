/** Records a voice message in the place of the line of the composer: how loud it is, how long it is, a way out, and Send. */
import { button, h, icon } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { clock, thinned } from "./voice_player.js";

/** @typedef {import("./attachment_tray.js").AttachmentTray} AttachmentTray */

const MOST_SECONDS = 300;
/** From this many seconds before the end, the time counts down. */
const ENDING_SECONDS = 30;
const SAMPLE_MS = 100;
/** Bars while it is recorded, and in the message. */
const BARS = 48;
const WAVEFORM = 64;
/** By it, the server knows a voice message (`files/decoding/examining.py`). */
const NAME = "voice-";
/** By preference: what most browsers record, and what Safari does. @type {[string, string][]} */
const TYPES = [
  ["audio/webm;codecs=opus", "webm"],
  ["audio/mp4", "m4a"],
  ["audio/ogg;codecs=opus", "ogg"],
];

/**
 * Asks for the microphone, and records. Says why it can't.
 * @param {AttachmentTray} tray of the composer
 */
export async function recordVoice(tray) {
  if (tray.form.querySelector(".recording")) return;
  const type = globalThis.MediaRecorder && TYPES.find(([name]) => MediaRecorder.isTypeSupported(name));
  if (!type || !navigator.mediaDevices) return tray.complain(gettext("This browser can’t record sound here."));
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    new VoiceRecorder({ tray, stream, type });
  } catch (error) {
    tray.complain(reasonOf(error));
  }
}

/** @param {unknown} error */
function reasonOf(error) {
  const { name } = /** @type {DOMException} */ (error);
  if (name === "NotAllowedError") return gettext("The microphone is blocked. Allow it for this site in the settings of your browser.");
  if (name === "NotFoundError") return gettext("There is no microphone.");
  return gettext("The microphone can’t be used right now.");
}

class VoiceRecorder {
  #wave = h("div", { class: "wave", "aria-hidden": "true" });
  #time = h("span", { class: "voice-time", role: "timer" }, clock(0));
  /** How loud it was, from 0 to 100, every 100 ms. @type {number[]} */
  #levels = [];
  /** @type {Blob[]} */
  #parts = [];
  #begun = performance.now();
  #isWanted = false;
  #timer;

  /** @param {{tray: AttachmentTray, stream: MediaStream, type: [string, string]}} how */
  constructor({ tray, stream, type: [type, ending] }) {
    this.tray = tray;
    this.stream = stream;
    this.ending = ending;
    this.recorder = new MediaRecorder(stream, { mimeType: type });
    this.sound = new AudioContext();
    this.meter = this.sound.createAnalyser();
    this.sound.createMediaStreamSource(stream).connect(this.meter);
    const cancel = gettext("Cancel the recording");
    const send = gettext("Send the voice message");
    const stop = button({ class: "icon", "aria-label": cancel, title: cancel }, () => this.#end(false), icon("close"));
    const done = button({ class: "send", "aria-label": send, title: send }, () => this.#end(true), icon("send"));
    this.line = h("div", { class: "recording", role: "group", "aria-label": gettext("Recording a voice message") }, stop, h("i", { class: "dot", "aria-hidden": "true" }), this.#time, this.#wave, done);
    this.line.addEventListener("keydown", (event) => event.key === "Escape" && (event.stopPropagation(), this.#end(false)));
    for (let bar = 0; bar < BARS; bar += 1) this.#wave.append(h("i", { class: "recorded" }));
    this.written = /** @type {HTMLElement} */ (tray.form.querySelector(".line"));
    this.written.hidden = true;
    this.written.after(this.line);
    done.focus();
    this.recorder.addEventListener("dataavailable", ({ data }) => data.size && this.#parts.push(data));
    this.recorder.addEventListener("stop", () => void this.#stopped());
    this.recorder.start(1_000);
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  get #seconds() {
    return (performance.now() - this.#begun) / 1_000;
  }

  #sample() {
    const samples = new Uint8Array(this.meter.fftSize);
    this.meter.getByteTimeDomainData(samples);
    const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample - 128)), 0);
    this.#levels.push(Math.round(100 * Math.sqrt(loudest / 128)));
    const shown = this.#levels.slice(-BARS);
    [...this.#wave.children].forEach((bar, index) => {
      const level = shown[index - (BARS - shown.length)] ?? 0;
      /** @type {HTMLElement} */ (bar).style.blockSize = `${Math.max(8, level)}%`;
    });
    const seconds = this.#seconds;
    const left = MOST_SECONDS - seconds;
    this.#time.textContent = left < ENDING_SECONDS ? `−${clock(Math.max(0, left))}` : clock(seconds);
    if (left <= 0) this.#end(true);
  }

  /** @param {boolean} isWanted */
  #end(isWanted) {
    if (this.recorder.state === "inactive") return;
    this.#isWanted = isWanted;
    this.seconds = this.#seconds;
    this.recorder.stop();
  }

  async #stopped() {
    clearInterval(this.#timer);
    for (const track of this.stream.getTracks()) track.stop();
    void this.sound.close();
    this.line.remove();
    this.written.hidden = false;
    this.tray.composer.focus();
    if (!this.#isWanted || !this.#parts.length) return;
    const type = this.recorder.mimeType.split(";")[0];
    const file = new File(this.#parts, `${NAME}${stamp(new Date())}.${this.ending}`, { type });
    const recording = { waveform: thinned(this.#levels, WAVEFORM), seconds: Math.max(0.1, this.seconds ?? 0) };
    await this.tray.add([Object.assign(file, { recording })]);
    this.tray.form.requestSubmit();
  }
}

/** @param {Date} date */
function stamp(date) {
  const two = /** @param {number} number */ (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}-${two(date.getHours())}${two(date.getMinutes())}`;
}
