/** The requests of an upload (tus 1.0): begin, parts, how far it is, what became of it, and cancelling it. */

const VERSION = "1.0.0";
const PLACE = "/files/";
const PART_TYPE = "application/offset+octet-stream";

/** Why the server refused a request, or that it was not reached (status 0). */
export class UploadRefused extends Error {
  /**
   * @param {object} why
   * @param {number} why.status
   * @param {string} [why.message] for people
   * @param {number} [why.retryAfter] seconds
   * @param {number} [why.offset] where the upload really continues
   */
  constructor({ status, message = "", retryAfter, offset }) {
    super(message);
    this.name = "UploadRefused";
    this.status = status;
    this.retryAfter = retryAfter;
    this.offset = offset;
  }
}

/** @typedef {{id: string, name: string, type: string, size: number, kind: string, state: "uploading" | "processing" | "ready" | "failed", error?: string, [fact: string]: any}} ServerFile */

export class UploadRequests {
  /** @param {() => string} token against forged requests */
  constructor(token) {
    this.token = token;
  }

  /**
   * @param {{name: string, type: string, size: number, room: number | null}} file
   * @param {AbortSignal} signal
   * @returns {Promise<ServerFile>}
   */
  async begin(file, signal) {
    const headers = { "Upload-Length": String(file.size), "Upload-Metadata": metadata(file) };
    return (await this.#request(PLACE, { method: "POST", headers, signal })).json();
  }

  /**
   * How many bytes have arrived.
   * @param {string} id
   * @param {AbortSignal} signal
   */
  async offset(id, signal) {
    const response = await this.#request(addressOf(id), { method: "HEAD", signal });
    return Number(response.headers.get("Upload-Offset"));
  }

  /**
   * Sends a part and resolves to the next offset. Unlike `fetch`, XMLHttpRequest reports how much of it has gone.
   * @param {string} id
   * @param {{offset: number, part: Blob, sent: (bytes: number) => void}} what
   * @param {AbortSignal} signal
   * @returns {Promise<number>}
   */
  part(id, { offset, part, sent }, signal) {
    const request = new XMLHttpRequest();
    request.open("PATCH", addressOf(id));
    const headers = { ...this.#headers(), "Content-Type": PART_TYPE, "Upload-Offset": String(offset) };
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    const abort = () => request.abort();
    signal.addEventListener("abort", abort);
    return new Promise((resolve, reject) => {
      request.upload.addEventListener("progress", ({ loaded }) => sent(loaded));
      request.addEventListener("loadend", () => {
        signal.removeEventListener("abort", abort);
        const reached = numberOrNone(request.getResponseHeader("Upload-Offset"));
        if (request.status === 204 && reached !== undefined) resolve(reached);
        else reject(refusal(request.status, request.responseText, { offset: reached, retryAfter: numberOrNone(request.getResponseHeader("Retry-After")) }));
      });
      request.send(part);
    });
  }

  /**
   * @param {string} id
   * @param {AbortSignal} signal
   * @returns {Promise<ServerFile>}
   */
  async state(id, signal) {
    return (await this.#request(addressOf(id), { signal })).json();
  }

  /**
   * Cancels an upload. Whether it worked does not matter: the server removes what nobody sends.
   * @param {string} id
   */
  async cancel(id) {
    await this.#request(addressOf(id), { method: "DELETE", keepalive: true }).catch(() => {});
  }

  #headers() {
    return { "Tus-Resumable": VERSION, "X-CSRFToken": this.token(), Accept: "application/json" };
  }

  /**
   * @param {string} address
   * @param {RequestInit} how
   */
  async #request(address, how) {
    const headers = { ...this.#headers(), ...how.headers };
    const response = await fetch(address, { ...how, headers, redirect: "manual" }).catch(() => null);
    if (response?.ok) return response;
    const retryAfter = numberOrNone(response?.headers.get("Retry-After") ?? null);
    throw refusal(response?.status ?? 0, (await response?.text().catch(() => "")) ?? "", { retryAfter });
  }
}

/** @param {string} id */
function addressOf(id) {
  return `${PLACE}uploads/${id}/`;
}

/** @param {string | null} text */
function numberOrNone(text) {
  return text === null || text === "" || Number.isNaN(Number(text)) ? undefined : Number(text);
}

/**
 * @param {number} status
 * @param {string} text of the answer
 * @param {{offset?: number, retryAfter?: number}} more
 */
function refusal(status, text, { offset, retryAfter }) {
  let error;
  try {
    error = JSON.parse(text).error;
  } catch {
    // A proxy answered, or nobody.
  }
  return new UploadRefused({ status, message: error?.message, retryAfter: error?.retry_after ?? retryAfter, offset });
}

/** @param {{name: string, type: string, room: number | null}} file */
function metadata({ name, type, room }) {
  return Object.entries({ filename: name, filetype: type, room: room === null ? "" : String(room) }).flatMap(([key, value]) => (value ? [`${key} ${base64(value)}`] : [])).join(",");
}

/** @param {string} text */
function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
