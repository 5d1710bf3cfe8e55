/**
 * A part of the browser's storage under a prefix of the space's epoch and the person: people who sign in in the same browser,
 * and other databases at the same address, never see it. Without storage, or when it is full, values are kept in
 * memory until the page is closed.
 */

const APP = "sarangbang:";

/** Marks that a person signed out of this browser. Entries that their tabs write later are removed. */
export const SIGNED_OUT = "signed-out";

export class ScopedStorage {
  /** Values that the storage refused. @type {Map<string, string>} */
  #memory = new Map();

  /**
   * @param {Storage | null} storage
   * @param {{epoch: string, user: number}} whose
   */
  constructor(storage, { epoch, user }) {
    this.storage = storage;
    this.prefix = `${APP}${epoch}:${user}:`;
  }

  /** @param {string} name */
  get(name) {
    return this.#memory.get(name) ?? this.storage?.getItem(this.prefix + name) ?? null;
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  set(name, value) {
    try {
      if (!this.storage) throw new Error("no storage");
      this.storage.setItem(this.prefix + name, value);
      this.#memory.delete(name);
    } catch {
      this.#memory.set(name, value);
    }
  }

  /** @param {string} name */
  remove(name) {
    this.#memory.delete(name);
    this.storage?.removeItem(this.prefix + name);
  }

  /** After sign-out: removes the person's entries from the storage, and writes nothing more to it. */
  close() {
    for (const name of this.names("")) if (name !== SIGNED_OUT) this.storage?.removeItem(this.prefix + name);
    this.#memory.clear();
    this.storage = null;
  }

  /** Does the same in all tabs of the person: the mark reaches them as a `storage` event. */
  forget() {
    const { storage } = this;
    this.close();
    try {
      storage?.setItem(this.prefix + SIGNED_OUT, "1");
    } catch {
      // The storage is full: other tabs notice the sign-out when their socket closes.
    }
  }

  /**
   * The names with this beginning, sorted.
   * @param {string} beginning
   */
  names(beginning) {
    const names = new Set(this.#memory.keys());
    for (let index = 0; index < (this.storage?.length ?? 0); index += 1) {
      const key = this.storage?.key(index) ?? "";
      if (key.startsWith(this.prefix)) names.add(key.slice(this.prefix.length));
    }
    return [...names].filter((name) => name.startsWith(beginning)).sort();
  }
}

/**
 * The browser's storage, or null if settings or a policy forbid it.
 * @returns {Storage | null}
 */
export function localStorageOrNull() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}

/**
 * Removes entries that tabs wrote after the person signed out of this browser.
 * @param {Storage | null} storage
 */
export function sweepSignedOut(storage) {
  const ended = keysOf(storage).filter((key) => key.startsWith(APP) && key.endsWith(`:${SIGNED_OUT}`));
  for (const mark of ended) {
    const prefix = mark.slice(0, -SIGNED_OUT.length);
    for (const key of keysOf(storage)) if (key.startsWith(prefix) && key !== mark) storage?.removeItem(key);
  }
}

/**
 * @param {Storage | null} storage
 * @returns {string[]}
 */
function keysOf(storage) {
  return Array.from({ length: storage?.length ?? 0 }, (_, index) => storage?.key(index) ?? "");
}

/**
 * Removes the entries of other epochs, whose ids are no longer valid.
 * @param {Storage | null} storage
 * @param {string} epoch the current one
 */
export function forgetOtherEpochs(storage, epoch) {
  for (const key of keysOf(storage)) {
    if (key.startsWith(APP) && !key.startsWith(`${APP}${epoch}:`)) storage?.removeItem(key);
  }
}
