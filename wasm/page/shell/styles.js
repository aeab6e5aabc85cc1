/**
 * Fetches the styles of a part that one opens later.
 * @param {string} href
 * @returns {Promise<void>} fails where they cannot be fetched
 */
export function addStyles(href) {
  return new Promise((resolve, reject) => {
    const link = document.createElement('link');
    Object.assign(link, { rel: 'stylesheet', href, onload: () => resolve() });
    link.onerror = () => {
      link.remove();
      reject(new Error(href));
    };
    document.head.append(link);
  });
}
