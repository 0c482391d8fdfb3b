// What is selected and shown, and how that changes.

const app = {
  inode: -1,
  event: -1,
  finding: -1,
  query: '',
  /** Where the pointer is, in pixels of the lanes. @type {{ x: number, y: number } | null} */
  pointer: null,
  drawn: 0,
};

/** @type {Record<'lanes' | 'scroll' | 'space' | 'axis' | 'overview' | 'cursor', HTMLElement>} */
let boxes;
/** @type {Record<'lanes' | 'axis' | 'minimap', HTMLCanvasElement>} */
let canvases;

function findBoxes() {
  boxes = {
    lanes: get('lanes', HTMLElement), scroll: get('lanes-scroll', HTMLElement), space: get('lanes-space', HTMLElement),
    axis: get('axis', HTMLElement), overview: get('overview', HTMLElement), cursor: get('cursor', HTMLElement),
  };
  canvases = {
    lanes: get('lanes-canvas', HTMLCanvasElement), axis: get('axis-canvas', HTMLCanvasElement), minimap: get('minimap', HTMLCanvasElement),
  };
}

let waiting = false;

/** Draws everything again before the screen is shown next. */
function redraw() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    draw();
  });
}

/** Width of the lanes without the scroll bar. */
function laneWidth() {
  return boxes.scroll.clientWidth || boxes.lanes.clientWidth;
}

function draw() {
  const width = laneWidth(), { scrollTop } = boxes.scroll;
  // What is below can be scrolled to, but not on paper: there it gets most of a page.
  const height = isPrinting ? Math.min(Math.max(rows.height - scrollTop, 100), 540) : boxes.lanes.clientHeight;
  gutter = width < 620 ? 84 : width < 900 ? 168 : 208;
  drawAxis(canvases.axis, width);
  drawLanes(canvases.lanes, width, height, scrollTop);
  drawMinimap(canvases.minimap, boxes.overview.clientWidth, boxes.overview.clientHeight);
  placeCursor();
  if (app.drawn > 0) {
    // The selected row stays in sight while the shown time changes.
    if (windowMessages()) revealRow();
    drawGrid();
  }
  app.drawn++;
}

/** The frame around the selected message. */
function placeCursor() {
  const { cursor } = boxes, at = app.event >= 0 ? spotOf(app.event) : null;
  cursor.hidden = !at;
  if (!at) return;
  cursor.style.transform = `translate(${at.x}px, ${at.y}px)`;
}

/** Where a message is in the lanes, in pixels of what is seen. @param {number} event */
function spotOf(event) {
  const row = rowOf(model.inode[event]);
  if (row < 0) return null;
  const width = laneWidth(), x = toX(model.time[event], gutter, width - gutter);
  let y = NaN;
  eachLane(row, (lane, top) => {
    if (lane === model.lane[event]) y = rows.top[row] + top + MARK - boxes.scroll.scrollTop;
  });
  if (Number.isNaN(y) || x < gutter || x > width || y < 0 || y > boxes.lanes.clientHeight) return null;
  return { x, y };
}

/** The one move of the view that goes on. */
let motion = 0;

/** @param {number} from @param {number} until @param {boolean} [gently] */
function setView(from, until, gently = false) {
  const to = bounded(from, until), run = ++motion;
  const start = { ...view }, begun = performance.now();
  if (!gently || stillness.matches || app.drawn === 0) {
    Object.assign(view, to);
    keepPlace();
    redraw();
    return;
  }
  const step = (/** @type {number} */ now) => {
    if (run !== motion) return;
    const part = Math.min((now - begun) / 220, 1), eased = 1 - (1 - part) ** 3;
    view.from = start.from + (to.from - start.from) * eased;
    view.until = start.until + (to.until - start.until) * eased;
    redraw();
    if (part < 1) requestAnimationFrame(step);
    else keepPlace();
  };
  requestAnimationFrame(step);
}

/** @param {number} asked @param {number} [around] */
function zoom(asked, around = (view.from + view.until) / 2) {
  const factor = zoomable(asked, view.until - view.from);
  setView(around - (around - view.from) * factor, around + (view.until - around) * factor);
}

/** @param {number} part Of the shown time. */
function pan(part) {
  const step = (view.until - view.from) * part;
  setView(view.from + step, view.until + step);
}

/** Searches for what is in the box. */
function applySearch() {
  app.query = get('search', HTMLInputElement).value.trim();
  const found = find(app.query, ordered(sorting.value));
  layRows(found);
  boxes.space.style.height = `${Math.max(rows.height, 1)}px`;
  inodeList.active = -1;
  inodeList.fill(rows.inodes.length);
  const shown = rows.inodes.length;
  get('inodes-count', HTMLElement).textContent = shown === model.inodeCount ? grouped(shown) : `${grouped(shown)}/${grouped(model.inodeCount)}`;
  get('search-note', HTMLElement).textContent = app.query ? `${count(shown, 'inode')} found` : '';
  const empty = get('empty', HTMLElement);
  empty.hidden = shown > 0;
  empty.textContent = model.inodeCount === 0
    ? (doc.facts.blind ? 'No caps are in what could be read of this capture.' : 'Nothing happened to any cap in this capture.')
    : `Nothing is called “${app.query}”.`;
  if (app.drawn > 0) gatherMessages();
  keepPlace();
  redraw();
}

/** Makes sure that an inode is among those shown, and a lane of it. @param {number} inode @param {number} [lane] */
function uncover(inode, lane = -1) {
  if (rowOf(inode) >= 0 && (lane < 0 || !rows.lanes || rows.lanes(lane))) return;
  get('search', HTMLInputElement).value = '';
  applySearch();
}

/** Scrolls an inode's lanes into sight. @param {number} inode @param {number} [lane] */
function scrollToInode(inode, lane = -1) {
  const row = rowOf(inode);
  if (row < 0) return;
  const top = rows.top[row], height = boxes.lanes.clientHeight;
  let from = top, until = rows.top[row + 1] - AFTER;
  if (lane >= 0) {
    eachLane(row, (l, y) => {
      if (l === lane && until - from > height) {
        from = top + y - HEAD;
        until = top + y + LANE;
      }
    });
  }
  const { scrollTop } = boxes.scroll;
  if (from < scrollTop || until > scrollTop + height) boxes.scroll.scrollTop = Math.max(from - Math.min(height / 6, 40), 0);
}

/** @param {number} inode */
function choose(inode) {
  app.inode = inode;
  const row = inode < 0 ? -1 : rowOf(inode);
  if (inodeList.active !== row) inodeList.activate(row);
  else inodeList.draw();
}

/** Shows an inode from its first message to its last. @param {number} inode */
function openInode(inode) {
  leavePlace();
  uncover(inode);
  choose(inode);
  scrollToInode(inode);
  const from = model.firstTime[inode], until = model.lastTime[inode];
  if (until >= from) setView(from - (until - from) * 0.08 - 1e3, until + (until - from) * 0.08 + 1e3, true);
  say(`${inodeName(inode)}, ${inodeCounts(inode).join(', ')}`);
  narrowShow('stage');
  redraw();
}

/** @param {number} event @param {string} origin */
function selectEvent(event, origin) {
  app.event = event;
  app.finding = -1;
  const inode = model.inode[event];
  if (app.inode !== inode) choose(inode);
  findingList.draw();
  eventPanel(event);
  windowMessages();
  // The table has what the shown time has: it must not change under the hand.
  if (origin === 'grid' || isSmall.matches) scrollToInode(inode, model.lane[event]);
  if (origin !== 'grid' && origin !== 'lanes' && origin !== 'place' && !spotOf(event)) bringIn(event);
  revealRow();
  drawGrid();
  if (origin === 'keys' || origin === 'grid') say(`${whatText(event)}, ${seconds(model.time[event], 6)} seconds, ${inodeName(inode)}, ${capsText(doc.events.caps[event])}`);
  keepPlace();
  redraw();
}

/** Moves the view so that a message is seen, without another zoom. @param {number} event */
function bringIn(event) {
  const time = model.time[event], length = view.until - view.from;
  uncover(model.inode[event], model.lane[event]);
  scrollToInode(model.inode[event], model.lane[event]);
  if (time < view.from + length * 0.03 || time > view.until - length * 0.03) setView(time - length / 2, time + length / 2, true);
}

/** Goes to a message and opens it. @param {number} event */
function leadTo(event) {
  leavePlace();
  bringIn(event);
  selectEvent(event, 'link');
}

/** Moves to a time, without another zoom. @param {number} time */
function lookAt(time) {
  const length = view.until - view.from;
  setView(time - length / 2, time + length / 2, true);
}

/** Goes to the spot of a finding and tells it. @param {number} index */
function openFinding(index) {
  leavePlace();
  const finding = doc.findings[index];
  app.finding = index;
  app.event = findingEvent(index);
  const lane = app.event < 0 ? -1 : model.lane[app.event];
  const times = [finding.time, ...finding.evidence.map(([, time]) => time)];
  const from = Math.min(...times), until = Math.max(...times);
  const air = Math.max((until - from) * 0.12, doc.end * 0.002, 2e6);
  if (finding.inode !== null) {
    uncover(finding.inode, lane);
    choose(finding.inode);
  }
  setView(from - air, until + air, true);
  showTab('findings');
  findingList.activate(findingLines.findIndex((line) => 'finding' in line && line.finding === index));
  findingPanel(index);
  // Now, since the details may have taken room from the lanes.
  if (finding.inode !== null) scrollToInode(finding.inode, lane);
  windowMessages();
  revealRow();
  drawGrid();
  const { code } = doc.rules[finding.rule];
  say(`Finding ${findingOrder.indexOf(index) + 1} of ${findingOrder.length}: ${code}, ${finding.certainty}, ${findingName(index)}`);
  narrowShow('stage');
  keepPlace();
  redraw();
}

/** @param {number} step */
function nextFinding(step) {
  if (findingOrder.length === 0) return say('There are no findings');
  const at = findingOrder.indexOf(app.finding);
  const next = at < 0 ? (step > 0 ? 0 : findingOrder.length - 1) : (at + step + findingOrder.length) % findingOrder.length;
  openFinding(findingOrder[next]);
}

/** The next message of the selected inode, or of what is seen. @param {number} step */
function nextEvent(step) {
  const { all, first, end } = messages;
  if (all.length === 0) return;
  let at = messages.active >= 0 ? messages.active : step > 0 ? first - 1 : end;
  for (at += step; at >= 0 && at < all.length; at += step) {
    if (app.inode < 0 || model.inode[all[at]] === app.inode) break;
  }
  if (at < 0 || at >= all.length) return say(step > 0 ? 'That was the last event' : 'That was the first event');
  selectEvent(all[at], 'keys');
}

/** Nothing is selected any more. */
function closeAll() {
  if (hasFocus(get('panel', HTMLElement))) leavePanel();
  app.event = -1;
  app.finding = -1;
  messages.active = -1;
  findingList.activate(-1);
  emptyPanel();
  drawGrid();
  keepPlace();
  redraw();
}

/** The lists are above the lanes, and the details over them. */
const isSmall = matchMedia('(max-width: 760px), (max-height: 560px)');

/** On a small screen, brings something into sight. @param {string} id */
function narrowShow(id) {
  if (isSmall.matches) get(id, HTMLElement).scrollIntoView({ block: 'start', behavior: stillness.matches ? 'auto' : 'smooth' });
}
