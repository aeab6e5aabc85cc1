/**
 * Copies a text that is selected. A frame may not be allowed to use the
 * clipboard; the older way asks nobody. Resolves to whether it was copied.
 */
export async function copySelected(/** @type {string} */ text) {
  const copied = await navigator.clipboard?.writeText(text).then(() => true, () => false);
  return copied || document.execCommand('copy');
}
