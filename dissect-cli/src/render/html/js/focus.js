// Where the keyboard's focus goes when what had it is taken away, so that nobody is sent back to the page's top.

/** What had the focus before the details got it. @type {HTMLElement | null} */
let cameFrom = null;

function listenToFocus() {
  document.addEventListener('focusin', ({ target }) => {
    if (!(target instanceof HTMLElement) || target.closest('#panel, dialog')) return;
    cameFrom = target;
  });
  // The address carries the place: a link inside the page must not overwrite it.
  document.querySelector('.skip')?.addEventListener('click', (event) => {
    event.preventDefault();
    boxes.lanes.focus();
  });
}

/** Fills the details anew. Whoever was in them stays in them. @param {Node[]} inside */
function refill(...inside) {
  const panel = get('panel', HTMLElement), had = document.activeElement;
  const was = had instanceof HTMLElement && panel.contains(had) ? had : null;
  const tree = was?.closest('[role=tree]');
  panel.replaceChildren(...inside);
  panel.scrollTop = 0;
  if (!was) return;
  const again = was === panel || panel.contains(was) ? was : tree ? panel.querySelector('[role=tree]') : null;
  (again instanceof HTMLElement ? again : panel).focus({ preventScroll: true });
}

/** Leaves the details, for where the focus was before. */
function leavePanel() {
  const back = cameFrom?.isConnected && cameFrom.checkVisibility() ? cameFrom : boxes.lanes;
  back.focus({ preventScroll: true });
}

/** Whether the focus is somewhere inside. @param {HTMLElement} part */
function hasFocus(part) {
  return part.contains(document.activeElement);
}

/** Whether a key is pressed without one that makes it the browser's: Alt and ← is the way back. @param {KeyboardEvent} event */
function isPlain(event) {
  return !event.metaKey && (event.getModifierState('AltGraph') || !event.ctrlKey && !event.altKey);
}
