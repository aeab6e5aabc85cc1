/**
 * The URL of a file by its logical name: its name in wasm/page, its path below
 * assets, or the name of something built. The bundle puts a module with the hashed names
 * and the sizes in the place of this one. It is relative to the page, or to
 * lenetBase in a script that has no URL to be relative to.
 * @param {string} name
 */
export const url = (name) => (/** @type {any} */ (globalThis).lenetBase ?? '') + name;

/**
 * The size in bytes of a WebAssembly program, not compressed.
 * @param {string} name
 * @returns {number|undefined}
 */
export const size = (name) => void name;

/**
 * The page's languages: by the names of their files in assets/strings, what
 * each calls itself. The bundle knows them all.
 * @type {Record<string, string>}
 */
export const languages = { en: 'English' };

/** The URLs of all files, which only the bundle knows. @returns {string[]} */
export const all = () => [];
