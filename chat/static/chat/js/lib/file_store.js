/**
 * Files that are being uploaded, kept in the browser so that an upload continues after the page was closed. Without IndexedDB, or when it
 * is full, nothing is kept: the person then picks the file again.
 */
const STORE = "files";

export class FileStore {
  /** @type {Promise<IDBDatabase> | null} */
  #database = null;

  /** @param {string} name of the database, different for each person */
  constructor(name) {
    this.name = name;
  }

  /**
   * @param {string} key
   * @param {Blob} file
   */
  put(key, file) {
    return this.#do("readwrite", (store) => store.put(file, key)).catch(() => undefined);
  }

  /**
   * @param {string} key
   * @returns {Promise<Blob | undefined>}
   */
  get(key) {
    return this.#do("readonly", (store) => store.get(key)).catch(() => undefined);
  }

  /** @param {string} key */
  delete(key) {
    return this.#do("readwrite", (store) => store.delete(key)).catch(() => undefined);
  }

  /** @returns {Promise<string[]>} */
  keys() {
    return this.#do("readonly", (store) => store.getAllKeys()).catch(() => []);
  }

  /**
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => IDBRequest} act
   * @returns {Promise<any>}
   */
  async #do(mode, act) {
    this.#database ??= this.#open();
    const transaction = (await this.#database).transaction(STORE, mode);
    const request = act(transaction.objectStore(STORE));
    return new Promise((resolve, reject) => {
      transaction.addEventListener("complete", () => resolve(request.result));
      transaction.addEventListener("abort", () => reject(transaction.error));
    });
  }

  /** @returns {Promise<IDBDatabase>} */
  #open() {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(this.name, 1);
      request.addEventListener("upgradeneeded", () => request.result.createObjectStore(STORE));
      request.addEventListener("error", () => reject(request.error));
      request.addEventListener("success", () => {
        // Another tab signs out, which removes all of it.
        request.result.addEventListener("versionchange", () => request.result.close());
        resolve(request.result);
      });
    });
  }
}

/**
 * Removes what a person's uploads left in this browser.
 * @param {string} name of the database
 */
export function removeFileStore(name) {
  globalThis.indexedDB?.deleteDatabase(name);
}
