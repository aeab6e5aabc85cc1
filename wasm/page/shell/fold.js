/**
 * Folds the settings away, where they lie over the page, at a press beside them
 * or on Escape.
 * @param {HTMLDetailsElement} details
 */
export function foldAway(details) {
  const sheet = details.querySelector('.sheet');
  const over = () => details.open && getComputedStyle(sheet).position === 'absolute';
  document.addEventListener('pointerdown', (e) => {
    if (over() && !details.contains(/** @type {Node} */ (e.target))) details.open = false;
  });
  details.addEventListener('keydown', (e) => {
    if (e.key !== 'Escape' || !over()) return;
    e.preventDefault();
    details.open = false;
    details.querySelector('summary').focus();
  });
}
