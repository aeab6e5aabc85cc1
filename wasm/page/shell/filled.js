const wide = matchMedia('(min-width: 67.5em) and (min-height: 40em)'); // as in page.css

/** Marks the document while the page fills its window, so that the stage's height is given. @param {boolean} embedded  it never does then */
export function markFilled(embedded) {
  const mark = () => document.documentElement.classList.toggle('filled', wide.matches && !embedded);
  wide.addEventListener('change', mark);
  mark();
}
