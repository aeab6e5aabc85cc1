/** A database of this browser, in IndexedDB, which is opened when it is wanted, and again where the browser has closed it. */
export class Database {
  /** @param {string} name @param {number} version @param {string[]} stores @param {IDBObjectStoreParameters} [options]  of each store */
  constructor(name, version, stores, options) {
    this.name = name;
    this.version = version;
    this.stores = stores;
    this.options = options;
    /** @type {Promise<IDBDatabase>|null} */
    this.db = null;
  }

  /** A transaction on all stores. Fails where storage is refused. @param {IDBTransactionMode} [mode] */
  async transaction(mode) {
    return (await this.open()).transaction(this.stores, mode);
  }

  open() {
    this.db ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(this.name, this.version);
      request.onupgradeneeded = () => this.stores.forEach((name) => request.result.createObjectStore(name, this.options));
      request.onsuccess = () => {
        const db = request.result;
        db.onclose = db.onversionchange = () => {
          db.close();
          this.db = null;
        };
        resolve(db);
      };
      request.onerror = () => reject(request.error);
    });
    this.db.catch(() => {
      this.db = null;
    });
    return this.db;
  }
}

/** @returns {Promise<any>} */
export const result = (/** @type {IDBRequest} */ request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

/** @returns {Promise<void>} until a transaction is complete */
export const over = (/** @type {IDBTransaction} */ tx) => new Promise((resolve, reject) => {
  tx.oncomplete = () => resolve();
  tx.onabort = () => reject(tx.error ?? new Error('storing was given up'));
});
