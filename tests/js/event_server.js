/** A server of events and commands over HTTP whose answers are in the hands of a test. */
import { COMMANDS } from "../../chat/static/chat/js/net/feed_socket.js";
import { present, settled } from "./fakes.js";

/** @typedef {{url: string, body: any, accept: string, signal: any, answer: (response: any) => void, fail: () => void, stream: any}} Asked */

export class EventServer {
  /** @type {Asked[]} */
  requests = [];

  fetch = /** @type {typeof fetch} */ (
    (url, how = {}) => {
      const headers = /** @type {Record<string, string>} */ (how.headers);
      return new Promise((resolve, reject) => {
        const fail = () => reject(new Error("aborted"));
        how.signal?.addEventListener("abort", fail);
        const body = JSON.parse(String(how.body));
        this.requests.push({ url: String(url), body, accept: headers.Accept, signal: how.signal, answer: resolve, fail, stream: null });
      });
    }
  );

  /** The last request for commands. */
  get command() {
    return present(this.requests.findLast((request) => request.url === COMMANDS));
  }

  /** The last request that greets a tab or answers its commands. */
  get single() {
    return present(this.requests.findLast((request) => request.body.single));
  }

  /** The last request that lasts. */
  get lasting() {
    return present(this.requests.findLast((request) => request.body.shared));
  }

  /**
   * Answers the last single request.
   * @param {object[]} frames
   * @param {string} [cursor]
   */
  async answers(frames, cursor = "a") {
    this.single.answer(new Response(JSON.stringify({ frames, cursor })));
    await settled();
    await settled();
  }

  /**
   * Answers the last poll.
   * @param {object[]} frames
   * @param {string} cursor
   */
  async polled(frames, cursor) {
    this.lasting.answer(new Response(JSON.stringify({ frames, cursor })));
    await settled();
    await settled();
  }

  /**
   * Begins to answer the last request that lasts, with its cursor.
   * @param {string} [cursor]
   */
  async begin(cursor = "a") {
    const request = this.lasting;
    const body = new ReadableStream({ start: (controller) => void (request.stream = controller) });
    request.answer(new Response(body));
    await this.says({ type: "cursor", cursor });
    return request;
  }

  /** @param {object[]} frames */
  async says(...frames) {
    for (const frame of frames) this.lasting.stream.enqueue(new TextEncoder().encode(`${JSON.stringify(frame)}\n`));
    await settled();
    await settled();
  }

  /** The network cuts the stream. */
  async cuts() {
    this.lasting.stream.error(new Error("cut"));
    await settled();
    await settled();
  }
}
