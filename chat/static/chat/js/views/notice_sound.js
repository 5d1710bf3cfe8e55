/** The sound of notifications: two short, soft tones, made by the browser. */

/** Frequencies in Hz, a fifth apart. */
const TONES = [587.33, 880];
const TONE_SECONDS = 0.14;
const FADE_SECONDS = 0.5;
const VOLUME = 0.12;
/** Sounds do not follow each other faster. */
const PAUSE_MS = 3_000;

/** @type {AudioContext | null} */
let context = null;
let playedAt = -Infinity;

/**
 * Plays it, unless it was played just before. Browsers stay silent until the person has pressed something on the page.
 * @param {{always?: boolean}} [how]
 */
export function playSound({ always = false } = {}) {
  if (!("AudioContext" in globalThis) || (!always && performance.now() - playedAt < PAUSE_MS)) return;
  playedAt = performance.now();
  context ??= new AudioContext();
  const audio = context;
  audio.resume().then(() => TONES.forEach((frequency, index) => playTone(audio, frequency, audio.currentTime + index * TONE_SECONDS)), () => {});
}

/**
 * @param {AudioContext} audio
 * @param {number} frequency
 * @param {number} at
 */
function playTone(audio, frequency, at) {
  const tone = new OscillatorNode(audio, { type: "sine", frequency });
  const volume = new GainNode(audio, { gain: 0 });
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(VOLUME, at + 0.01);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + FADE_SECONDS);
  tone.connect(volume).connect(audio.destination);
  tone.start(at);
  tone.stop(at + FADE_SECONDS);
}
