/**
 * The URL of a file by its logical name: its path below wasm/page or assets, or
 * the name of something built. The bundle puts a module with the hashed names
 * and the sizes in the place of this one.
 * @param {string} name
 */
export const url = (name) => name;

/**
 * The size in bytes of a WebAssembly program, not compressed.
 * @param {string} name
 * @returns {number|undefined}
 */
export const size = (name) => undefined;
