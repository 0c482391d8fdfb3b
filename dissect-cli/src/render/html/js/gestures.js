// Pointer, wheel and touch.

function listenToPointers() {
  const { scroll } = boxes;
  /** @type {Map<number, { x: number, y: number }>} */
  const down = new Map();
  /** @type {{ x: number, from: number, until: number, moved: boolean, span: number } | null} */
  let drag = null;
  const local = (/** @type {MouseEvent} */ event) => {
    const box = boxes.lanes.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const hit = (/** @type {MouseEvent} */ event) => {
    const { x, y } = local(event);
    return hitAt(x, y, scroll.scrollTop, laneWidth());
  };
  scroll.addEventListener('scroll', () => redraw(), { passive: true });
  scroll.addEventListener('wheel', (event) => {
    const { x } = local(event), around = toTime(Math.max(x, gutter), gutter, laneWidth() - gutter);
    turnWheel(event, laneWidth(), around);
  }, { passive: false });
  scroll.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || event.offsetX > scroll.clientWidth) return;
    down.set(event.pointerId, local(event));
    const span = spread(down);
    drag = { x: middle(down), from: view.from, until: view.until, moved: down.size > 1, span };
    boxes.lanes.focus({ preventScroll: true });
  });
  addEventListener('pointermove', (event) => {
    const at = down.get(event.pointerId);
    if (!at || !drag) return;
    const now = local(event);
    down.set(event.pointerId, now);
    if (!drag.moved && Math.abs(now.x - drag.x) < 4) return;
    drag.moved = true;
    motion++;
    const width = laneWidth() - gutter, factor = drag.span > 0 ? drag.span / Math.max(spread(down), 20) : 1;
    const length = (drag.until - drag.from) * zoomable(factor, drag.until - drag.from);
    const anchor = drag.from + (drag.x - gutter) / width * (drag.until - drag.from);
    const from = anchor - (middle(down) - gutter) / width * length;
    setView(from, from + length);
    boxes.lanes.classList.add('dragging');
    showTip(null, 0, 0);
  });
  const up = (/** @type {PointerEvent} */ event) => {
    if (!down.delete(event.pointerId)) return;
    boxes.lanes.classList.remove('dragging');
    if (down.size > 0) {
      drag = { x: middle(down), from: view.from, until: view.until, moved: true, span: spread(down) };
      return;
    }
    const clicked = drag && !drag.moved && event.type === 'pointerup';
    drag = null;
    if (clicked) clickOn(hit(event));
  };
  addEventListener('pointerup', up);
  addEventListener('pointercancel', up);
  scroll.addEventListener('dblclick', (event) => {
    const { x } = local(event);
    const around = toTime(x, gutter, laneWidth() - gutter), length = (view.until - view.from) * 0.25;
    setView(around - length / 2, around + length / 2, true);
  });
  scroll.addEventListener('pointermove', (event) => {
    if (drag?.moved || event.pointerType === 'touch') return;
    app.pointer = local(event);
    const found = hit(event);
    scroll.style.cursor = found && (found.event >= 0 || found.lane < 0) ? 'pointer' : '';
    showTip(found, event.clientX, event.clientY);
    showMoment(found);
  });
  scroll.addEventListener('pointerleave', () => {
    app.pointer = null;
    showTip(null, 0, 0);
    showMoment(null);
  });
  listenToBrush();
  listenToBrushKeys();
  split('side-split', 'side', (event) => event.clientX, 180, 560, '--side');
  split('panel-split', 'panel', (event) => get('drawer', HTMLElement).getBoundingClientRect().right - event.clientX, 260, 1400, '--details');
  split('drawer-split', 'drawer', (event) => innerHeight - event.clientY, 90, 700, '--drawer');
}

/** @param {Map<number, { x: number, y: number }>} points */
function middle(points) {
  let sum = 0;
  for (const { x } of points.values()) sum += x;
  return sum / Math.max(points.size, 1);
}

/** How far two fingers are from each other; 0 for one. @param {Map<number, { x: number, y: number }>} points */
function spread(points) {
  const [one, two] = [...points.values()];
  return one && two ? Math.hypot(one.x - two.x, one.y - two.y) : 0;
}

/** @param {Hit | null} hit */
function clickOn(hit) {
  if (!hit) return;
  if (hit.event >= 0 && hit.note < 0) selectEvent(hit.event, 'lanes');
  else {
    choose(hit.inode);
    redraw();
  }
}

/** The moment under the pointer, at the axis. @param {Hit | null} hit */
function showMoment(hit) {
  let mark = document.getElementById('moment');
  if (!mark) {
    mark = el('div', 'moment');
    mark.id = 'moment';
    mark.append(el('span', ''), el('i', ''));
    get('stage', HTMLElement).append(mark);
  }
  mark.hidden = !hit || !app.pointer || app.pointer.x < gutter;
  if (mark.hidden || !hit || !app.pointer) return;
  const label = mark.firstElementChild;
  if (label) label.textContent = `${seconds(hit.time, 6)} s   ${clock(hit.time, doc.origin, 6)} UTC`;
  mark.style.transform = `translateX(${app.pointer.x}px)`;
  mark.classList.toggle('flip', app.pointer.x > laneWidth() - 220);
}

/** The strip of the whole capture: drag the shown part, or its edges, or a new one. */
function listenToBrush() {
  const { overview } = boxes, brush = get('brush', HTMLElement);
  /** @type {{ x: number, from: number, until: number, part: string } | null} */
  let drag = null;
  const timeAt = (/** @type {PointerEvent} */ event) => {
    const box = overview.getBoundingClientRect(), all = whole();
    return within(all.from + (event.clientX - box.left) / box.width * (all.until - all.from));
  };
  /** @type {Map<number, { x: number, y: number }>} */
  const down = new Map();
  /** Two fingers: how far they were from each other, and what was shown then. */
  let pinch = { span: 0, from: 0, until: 0 };
  const lift = (/** @type {PointerEvent} */ event) => down.delete(event.pointerId);
  for (const name of /** @type {const} */ (['pointerup', 'pointercancel'])) overview.addEventListener(name, lift);
  // The finger scrolls the page: nothing was meant by it.
  overview.addEventListener('pointercancel', () => {
    if (drag) setView(drag.from, drag.until);
    drag = null;
  });
  overview.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (down.size > 1) {
      if (drag) setView(drag.from, drag.until);
      drag = null;
      pinch = { span: spread(down), ...view };
      return;
    }
    const target = event.target, grips = brush.querySelectorAll('.grip');
    const part = target === grips[0] ? 'from' : target === grips[1] ? 'until' : target === brush && !isWhole() ? 'both' : 'new';
    drag = { x: timeAt(event), from: view.from, until: view.until, part };
    overview.setPointerCapture(event.pointerId);
    event.preventDefault();
    brush.focus({ preventScroll: true });
  });
  overview.addEventListener('pointermove', (event) => {
    if (down.has(event.pointerId)) down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (down.size > 1 && pinch.span > 0) {
      const { from, until } = pinch, length = (until - from) * zoomable(pinch.span / Math.max(spread(down), 20), until - from);
      setView((from + until - length) / 2, (from + until + length) / 2);
    }
    if (!drag) return;
    const now = timeAt(event), off = now - drag.x;
    if (drag.part === 'from') setView(within(Math.min(drag.from + off, drag.until - SHORTEST)), drag.until);
    else if (drag.part === 'until') setView(drag.from, within(Math.max(drag.until + off, drag.from + SHORTEST)));
    else if (drag.part === 'both') setView(drag.from + off, drag.until + off);
    else if (Math.abs(off) > (whole().until - whole().from) * 0.002) setView(Math.min(drag.x, now), Math.max(drag.x, now));
  });
  overview.addEventListener('pointerup', (event) => {
    if (drag && drag.part === 'new' && Math.abs(timeAt(event) - drag.x) <= (whole().until - whole().from) * 0.002 && !isWhole()) lookAt(drag.x);
    drag = null;
  });
  overview.addEventListener('dblclick', () => fitAll());
  overview.addEventListener('wheel', (event) => turnWheel(event, overview.clientWidth), { passive: false });
}

/**
 * Zooms with Ctrl, moves in time with Shift or sideways; the plain wheel is the page's.
 * @param {WheelEvent} event
 * @param {number} width
 * @param {number} [around]
 */
function turnWheel(event, width, around) {
  const scale = event.deltaMode === 1 ? 16 : 1;
  if (event.ctrlKey || event.metaKey || event.altKey) {
    event.preventDefault();
    zoom(Math.exp(Math.min(Math.max(event.deltaY * scale, -160), 160) * 0.004), around);
  } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    event.preventDefault();
    pan((event.deltaX || event.deltaY) * scale / width);
  }
}

/** The shown part as a slider. */
function listenToBrushKeys() {
  const brush = get('brush', HTMLElement);
  brush.addEventListener('keydown', (event) => {
    if (!isPlain(event)) return;
    const all = whole(), length = view.until - view.from;
    const step = { ArrowLeft: -0.15, ArrowDown: -0.15, ArrowRight: 0.15, ArrowUp: 0.15, PageDown: -0.9, PageUp: 0.9 }[event.key];
    if (step !== undefined) pan(step);
    else if (event.key === 'Home') setView(all.from, all.from + length);
    else if (event.key === 'End') setView(all.until - length, all.until);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

/** The whole capture is shown. */
function isWhole() {
  const all = whole();
  return view.from <= all.from && view.until >= all.until;
}

function fitAll() {
  const all = whole();
  setView(all.from, all.until, true);
}

/**
 * A border between two parts that can be moved.
 * @param {string} id
 * @param {string} of
 * @param {(event: PointerEvent) => number} size
 * @param {number} least
 * @param {number} most
 * @param {string} variable
 */
function split(id, of, size, least, most, variable) {
  const bar = get(id, HTMLElement), part = get(of, HTMLElement);
  const now = () => (bar.classList.contains('split-v') ? part.offsetWidth : part.offsetHeight);
  const to = (/** @type {number} */ value) => {
    const limit = bar.classList.contains('split-v') ? innerWidth * 0.6 : innerHeight * 0.7;
    const wanted = Math.round(Math.min(Math.max(value, least), most, limit));
    document.documentElement.style.setProperty(variable, `${wanted}px`);
    set(bar, { 'aria-valuenow': wanted, 'aria-valuemin': least, 'aria-valuemax': most });
    redraw();
  };
  bar.addEventListener('pointerdown', (event) => {
    bar.setPointerCapture(event.pointerId);
    event.preventDefault();
    bar.focus();
  });
  bar.addEventListener('pointermove', (event) => {
    if (bar.hasPointerCapture(event.pointerId)) to(size(event));
  });
  bar.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -24, ArrowRight: 24, ArrowUp: 24, ArrowDown: -24, Home: -most, End: most }[event.key];
    if (step === undefined || !isPlain(event)) return;
    event.preventDefault();
    event.stopPropagation();
    // The part behind the border grows when the border goes the other way.
    to(now() + (id === 'panel-split' && event.key.startsWith('Arrow') ? -step : step));
  });
  const tell = () => set(bar, { 'aria-valuenow': now(), 'aria-valuemin': least, 'aria-valuemax': most });
  bar.addEventListener('focus', tell);
  tell();
}
