// What the site does beyond its HTML: the countdown of a hold, and the part of a page that changes by itself. The layout writes prices and times
// as the reader does.
'use strict';
(() => {
  const every = 2500; // ms between two looks at what changed
  const soon = 400; // ms until the first look where a change is due
  const nearlyOver = 120; // seconds: show the warning
  const spokenAt = [600, 300, 120, 60, 30, 10]; // seconds left at which a screen reader is told
  const skew = Date.parse(document.body.dataset.now) - Date.now(); // the server's clock minus the reader's
  const announcer = document.getElementById('announcer');
  const spoken = new Map(); // deadline → the number of moments already told

  const say = (text) => { if (text) announcer.textContent = text; };

  function inWords(seconds) {
    const [n, unit] = seconds >= 60 ? [Math.round(seconds / 60), 'minute'] : [seconds, 'second'];
    return `${n} ${unit}${n === 1 ? '' : 's'} left to pay.`;
  }

  function tick() {
    for (const timer of document.querySelectorAll('[data-until]')) {
      const left = Math.max(0, Math.ceil((Date.parse(timer.dataset.until) - skew - Date.now()) / 1000));
      const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
      if (timer.textContent === text) continue;
      timer.textContent = text;
      timer.parentElement.classList.remove('waits');
      const warning = document.querySelector('[data-warning]');
      if (warning) warning.hidden = left > nearlyOver || left === 0;
      const passed = spokenAt.filter((moment) => left <= moment).length;
      if (left > 0 && passed > (spoken.get(timer.dataset.until) ?? 0)) say(inWords(left));
      spoken.set(timer.dataset.until, passed);
      if (left === 0) look();
    }
  }

  // leave goes to the page that shows what has become of an order that this page is no longer for, unless a form that was sent is about to.
  function leave(live) {
    if (!document.querySelector('form[data-sent]')) location.replace(live.dataset.leave);
  }

  let looking = false;
  async function look() {
    const old = document.querySelector('[data-live]');
    if (!old || old.hasAttribute('data-final') || document.hidden || looking) return;
    looking = true;
    try {
      const answer = await fetch(old.dataset.live, { redirect: 'manual', signal: AbortSignal.timeout(10000) });
      if (answer.type === 'opaqueredirect') leave(old);
      if (answer.status === 401) location.reload(); // the session is over: the page itself leads to signing in
      if (answer.ok) replace(old, await answer.text());
    } catch {
      // Away for a moment: the next look may do better.
    } finally {
      looking = false;
    }
  }

  function replace(old, html) {
    const fresh = new DOMParser().parseFromString(html, 'text/html').querySelector('[data-live]');
    if (!fresh) return;
    if (fresh.dataset.for !== old.dataset.for) { // another user has signed in: the page around it is not theirs
      location.reload();
      return;
    }
    if (fresh.dataset.version === old.dataset.version) return;
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    localize(fresh);
    old.replaceWith(fresh);
    if (focused) (document.getElementById(focused.id) ?? document.getElementById('main')).focus();
    say(fresh.dataset.spoken);
    tick();
  }

  // A form that is sent twice by a hasty hand is sent once.
  document.addEventListener('submit', (event) => {
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = 'yes';
    event.target.setAttribute('aria-busy', 'true');
    say('One moment, please.');
  });
  addEventListener('pageshow', () => {
    for (const form of document.forms) {
      delete form.dataset.sent;
      form.removeAttribute('aria-busy');
    }
  });

  for (const button of document.querySelectorAll('[data-copy]')) { // where the page may write to the clipboard
    button.hidden = !navigator.clipboard;
    button.addEventListener('click', async () => {
      const from = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(from.value);
        button.textContent = 'Copied';
        say('Copied.');
      } catch {
        from.select(); // the reader copies it
      }
    });
  }

  const zone = document.getElementById('timeZone');
  if (zone && !zone.value && !document.getElementById('startsAt').value) zone.value = new Intl.DateTimeFormat().resolvedOptions().timeZone; // most sell what is near

  tick();
  setInterval(tick, 250);
  if (document.querySelector('[data-soon]')) setTimeout(look, soon);
  setInterval(look, every);
  document.addEventListener('visibilitychange', look);
})();
