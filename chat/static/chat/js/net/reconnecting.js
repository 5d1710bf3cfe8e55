/** When to reconnect after a socket has closed. Full jitter: AWS Architecture Blog, "Exponential Backoff And Jitter". */

export const BACKOFF_FIRST_MS = 500;
export const BACKOFF_CEILING_MS = 20_000;
export const FLOOD_PAUSE_MS = 30_000;

export const CLOSED_BAD_FRAME = 4400;
export const CLOSED_SIGNED_OUT = 4401;
export const CLOSED_DEACTIVATED = 4403;
export const CLOSED_NO_SUBPROTOCOL = 4406;
export const CLOSED_RESTARTING = 4012;
export const CLOSED_FRAME_TOO_LARGE = 4413;
export const CLOSED_FLOODING = 4429;
export const CLOSED_TOO_MANY_SOCKETS = 4430;

/**
 * @typedef {{retry: true, delay: number} | {retry: false, why: "signed_out" | "deactivated" | "fault"}} Decision
 * What to do next; `delay` in milliseconds.
 */

/**
 * A random wait below a ceiling that doubles with every failure, in milliseconds.
 * @param {number} failures how many attempts have failed in a row
 * @param {() => number} random 0 – 1
 */
export function backoff(failures, random) {
  return random() * Math.min(BACKOFF_CEILING_MS, BACKOFF_FIRST_MS * 2 ** failures);
}

/**
 * @param {number} code the WebSocket close code
 * @param {{failures: number, random: () => number, restartDelay: number}} how `restartDelay`: of the last `restarting` notice, in ms
 * @returns {Decision}
 */
export function afterClose(code, { failures, random, restartDelay }) {
  switch (code) {
    case CLOSED_SIGNED_OUT:
      return { retry: false, why: "signed_out" };
    case CLOSED_DEACTIVATED:
      return { retry: false, why: "deactivated" };
    case CLOSED_BAD_FRAME:
    case CLOSED_NO_SUBPROTOCOL:
    case CLOSED_FRAME_TOO_LARGE:
      return { retry: false, why: "fault" };
    case CLOSED_RESTARTING:
      return { retry: true, delay: random() * restartDelay };
    case CLOSED_FLOODING:
      return { retry: true, delay: FLOOD_PAUSE_MS };
    case CLOSED_TOO_MANY_SOCKETS:
      return { retry: true, delay: FLOOD_PAUSE_MS * (1 + random()) };
    default:
      return { retry: true, delay: backoff(failures, random) };
  }
}
