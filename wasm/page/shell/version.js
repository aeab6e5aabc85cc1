/**
 * The version of the messages between the page, its workers and its stage. It
 * changes when an old part could not talk to a new one; wasm/protocol has it too.
 */
export const version = 1;

/** Mixed is the error of parts that are from different versions of the page. */
export class Mixed extends Error {}

/** The hash in the name of the page's script, which tells a version: it has the names of all other files in it. */
export const scriptName = /app\.([0-9a-f]{10})\.js/;

/** @type {Promise<boolean>|null} */
let asked = null;

/**
 * Whether the server has another version of the page than this one: then files
 * of this one may be gone. Where nothing can be said, it has not.
 * @param {string} build  this page's, '' where it is not bundled
 */
export function renewed(build) {
  asked ??= ask(build).catch(() => false).finally(() => (asked = null));
  return asked;
}

async function ask(/** @type {string} */ build) {
  if (!build) return false;
  const response = await fetch(location.pathname, { cache: 'no-store' });
  const [, theirs] = (response.ok && (await response.text()).match(scriptName)) || [];
  return !!theirs && theirs !== build;
}
