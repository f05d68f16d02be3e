/** Tabs of one name follow each other, on this page and on later ones. */

const STORE = 'jotkit-tabs';
const MAX_STORED = 20;

const inputs = () => document.querySelectorAll<HTMLInputElement>('.vp-code-group .tabs input');
const titleOf = (input: HTMLInputElement) => input.nextElementSibling?.getAttribute('data-title');

/** The chosen titles, the latest first. */
function chosen(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORE) ?? '[]');
    return Array.isArray(stored) ? stored.filter((title) => typeof title === 'string') : [];
  } catch {
    return [];
  }
}

/** Selects in each group the tab that was chosen last. */
export function applyTabs(): void {
  for (const title of chosen().reverse()) {
    // VitePress switches a group on click; a change event, which is stored, follows only a user's.
    for (const input of inputs()) if (titleOf(input) === title && !input.checked) input.click();
  }
}

export function followTabs(): void {
  document.addEventListener('click', ({ target, isTrusted }) => {
    if (!isTrusted || !(target instanceof HTMLInputElement)) return;
    const title = target.closest('.vp-code-group') && titleOf(target);
    if (!title) return;
    const titles = [title, ...chosen().filter((other) => other !== title)];
    const before = target.getBoundingClientRect().top;
    try {
      localStorage.setItem(STORE, JSON.stringify(titles.slice(0, MAX_STORED)));
    } catch {
      // Storage is blocked: the tabs of this page do not follow.
    }
    applyTabs();
    // Groups above may be taller now: the clicked tab keeps its place.
    const { top } = target.getBoundingClientRect();
    window.scrollBy({ top: top - before, behavior: 'instant' });
  });
}
