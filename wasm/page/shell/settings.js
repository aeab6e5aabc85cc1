const key = 'lenet.1';

/**
 * What is kept over a reload. Storage may be refused, and what it holds may be
 * anything.
 * @returns {Record<string, any>}
 */
export function recall() {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? '{}');
    return kept && typeof kept === 'object' ? kept : {};
  } catch {
    return {};
  }
}

/** Keeps more. */
export function keep(/** @type {object} */ more) {
  try {
    localStorage.setItem(key, JSON.stringify({ ...recall(), ...more }));
  } catch {
    // no storage here
  }
}
