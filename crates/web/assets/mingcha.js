// Keys and small conveniences. Everything here can also be done with the mouse, and every form works without it.
const typing = e => e.isComposing || e.ctrlKey || e.altKey || e.metaKey || e.target.matches?.('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]');
const rows = () => [...document.querySelectorAll('[data-rows] tbody tr')];
// Whoever dictates to a machine switches letters off; arrows, Enter, Esc and Ctrl Enter stay.
const letters = document.body.dataset.letterKeys !== 'off';
let cursor = -1;
let last = -1;

function go(to) {
  const all = rows();
  if (!all.length) return;
  cursor = Math.max(0, Math.min(all.length - 1, to));
  all.forEach((row, n) => row.classList.toggle('is-cursor', n === cursor));
  all[cursor].scrollIntoView({ block: 'nearest' });
  all[cursor].querySelector('a')?.focus({ preventScroll: true });
}

function chosen() {
  const boxes = [...document.querySelectorAll('[data-rows] tbody input[name=id]')];
  const on = boxes.filter(box => box.checked);
  boxes.forEach(box => box.closest('tr').classList.toggle('is-on', box.checked));
  const fen = on.reduce((sum, box) => sum + BigInt(box.dataset.amount), 0n);
  const yuan = `${(fen / 100n).toLocaleString('en-US')}.${String(fen % 100n).padStart(2, '0')}`;
  document.querySelectorAll('[data-chosen]').forEach(el => { el.textContent = `已选 ${on.length} 条`; });
  document.querySelectorAll('[data-chosen-sum]').forEach(el => { el.textContent = on.length ? `涉及 ${yuan} 元` : ''; });
}

// A page of running work is read again until the work is done, but never under somebody's hands.
const again = document.querySelector('meta[name="again"]');
if (again) setInterval(() => { if (!document.activeElement?.matches('input, textarea, select')) location.reload(); }, Number(again.content) * 1000);

document.addEventListener('change', e => {
  if (e.target.matches('[data-all]')) document.querySelectorAll('[data-rows] tbody input[name=id]').forEach(box => { box.checked = e.target.checked; });
  chosen();
});

document.addEventListener('click', e => {
  if (e.target.closest('[data-print]')) print();
  if (e.target.closest('[data-only]')) { e.preventDefault(); only(); }
});

function only() {
  document.querySelectorAll('[data-lines] tbody tr:not(.is-hit):not(.is-involved)').forEach(row => { row.hidden = !row.hidden; });
}

const say = text => { const place = document.getElementById('said'); if (place) place.textContent = text; };

// A button that acts on what is chosen does nothing where nothing is.
function press(key) {
  const button = document.querySelector(`[data-key=${key}]`);
  const ofChosen = button?.closest('.is-bulk') && !document.querySelector('[data-rows] tbody input[name=id]:checked');
  if (ofChosen) say('没有选中疑点，按 X 选中'); else button?.click();
}

// What a decision needs is typed first; Ctrl Enter in its field sends it.
const fields = { n: 'reason', a: 'to', z: 'until' };

function choose(range) {
  const box = rows()[cursor]?.querySelector('input[name=id], input[name=kept]');
  if (!box) return;
  box.checked = range || !box.checked;
  const [from, to] = range && last >= 0 ? [Math.min(last, cursor), Math.max(last, cursor)] : [cursor, cursor];
  rows().slice(from, to + 1).forEach(row => { const other = row.querySelector('input[name=id], input[name=kept]'); if (other) other.checked = box.checked; });
  last = cursor;
  chosen();
}
const places = { w: '/', q: '/findings', s: '/appeals' };
let after = '';

document.addEventListener('keydown', e => {
  if (e.key === 'Enter' && e.ctrlKey && e.target.id) {
    const key = Object.keys(fields).find(name => fields[name] === e.target.id);
    if (key) { e.preventDefault(); press(key); return; }
  }
  if (typing(e)) { if (e.key === 'Escape') e.target.blur(); return; }
  const key = e.key.toLowerCase();
  if (!letters && key.length === 1) return;
  if (after === 'g' && places[key]) { location.href = places[key]; return; }
  after = key;
  const finding = document.querySelector('[data-finding]');
  const link = rel => document.querySelector(`a[rel=${rel}]`)?.click();
  switch (key) {
    case 'j': case 'arrowdown': if (finding) link('next'); else { e.preventDefault(); go(cursor + 1); } break;
    case 'k': case 'arrowup': if (finding) link('prev'); else { e.preventDefault(); go(cursor - 1); } break;
    case 'enter': if (!finding && !e.target.matches('a, button')) rows()[cursor]?.querySelector('a')?.click(); break;
    case 'escape': document.querySelector('[data-back]')?.click(); break;
    case 'x': choose(e.shiftKey); break;
    case 'c': press('c'); break;
    case 't': press('t'); break;
    case 'o': press('o'); break;
    case 'n': case 'a': case 'z': { const field = document.getElementById(fields[key]); if (field) { e.preventDefault(); field.focus(); } break; }
    case 'f': { const field = document.getElementById('f-q'); if (field) { e.preventDefault(); field.focus(); } break; }
    case 'l': if (finding) only(); break;
    case 'p': if (finding) print(); break;
    case '/': e.preventDefault(); document.getElementById('search')?.focus(); break;
    case '?': document.getElementById('keys')?.showModal(); break;
  }
});
chosen();
