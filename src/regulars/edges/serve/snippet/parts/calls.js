// What the shop's own scripts may call, and where everything begins.

const calls = {
  __proto__: null,
  page: tellPage,
  track,
  search: tellSearch,
  product: (properties, event) => {
    const product = {};
    Object.keys(properties || {}).forEach(name =>
      put(product, name === "id" ? "product_id" : name, properties[name]));
    page.product = product; page.viewed = true;
    track(event || "Product Viewed", product);
  },
  identify: (userId, traits) => {
    if (userId && typeof userId === "object") { traits = userId; userId = undefined; }
    const before = read("user");
    // Another account on the same device is another visitor.
    if (userId && before && String(userId) !== before) newcomer();
    if (userId) keep("user", String(userId));
    tell("identify", {traits: traits || {}});
  },
  reset: () => newcomer(),
  consent: given => {
    // Nothing but true: "false" and "no" are true enough for the language, and no consent.
    if (given !== true) {
      goQuiet();
      // That somebody refused must be known where nobody asks. Storage has room by now.
      if (!ASKS) box(stored => stored.setItem(P + "refused", "1"));
      return;
    }
    if (unwanted() || allowed) return;
    drop("refused");
    const again = gone;
    gone = false; allowed = true;
    Object.keys(memory).forEach(name => { if (memory[name]) keep(name, memory[name]); });
    if (ASKS) keep("consent", 1);
    queue.forEach(one => box(stored => stored.setItem(one.key, one.text)));
    if (again) begin();
    send(0);
  },
  anonymousId: () => gone ? null : visitor(),
};
const goQuiet = () => { forget(); allowed = false; gone = true; page = null; };
const newcomer = () => ["id", "user", "visit", "first"].forEach(drop);

const begin = () => { arrive(); opening = opening || page; open(); };

// Until the page can be read, calls wait in line.
Object.keys(calls).forEach(name => {
  api[name] = function () { api.push([name].concat([].slice.call(arguments))); };
});

function start() {
  const waiting = api.splice(0), before = call => /^(consent|identify|reset)$/.test(call[0]);
  Object.keys(calls).forEach(name => { api[name] = safe(calls[name]); });
  api.push = safe(function () {
    [].forEach.call(arguments, call => {
      if (calls[call[0]]) api[call[0]].apply(api, [].slice.call(call, 1));
    });
  });
  if (unwanted()) { forget(); gone = true; return; }
  gone = !ASKS && !!store("refused");
  allowed = !gone && (!ASKS || !!store("consent"));
  if (!gone) {
    if (allowed) adopt();
    arrive();
    opening = page;
  }
  waiting.filter(before).forEach(call => api.push(call));
  if (page && !page.told) open();
  waiting.filter(call => !before(call)).forEach(call => api.push(call));
  if (queue.length) send(0);

  on(document, "click", pressed);
  on(document, "submit", pressed);
  ["pushState", "replaceState"].forEach(name => {
    const original = history[name];
    history[name] = function () {
      const got = original.apply(this, arguments);
      safe(moved)();
      return got;
    };
  });
  on(window, "popstate", moved);
  on(window, "hashchange", moved);
  on(document, "visibilitychange", () => {
    if (document.visibilityState === "hidden") { tellTimes(); left(); send(0); safe(flush)(); }
    else since = since || now();
  });
  on(window, "pagehide", () => { tellTimes(); left(); part(); });
  // What is withdrawn in one tab is withdrawn in all.
  on(window, "storage", () => {
    if (allowed && (ASKS ? !store("consent") : store("refused"))) goQuiet();
  });
  on(window, "pageshow", event => { if (event.persisted && page) { arrive(); open(); } });
  on(window, "online", () => { pause = 0; send(0); });
  try {
    new PerformanceObserver(list => list.getEntries().forEach(one => { lcp = one.startTime; }))
      .observe({type: "largest-contentful-paint", buffered: true});
  } catch (error) { /* older browsers do not tell it */ }
  const loaded = () => later(tellTimes, 2500);
  if (document.readyState === "complete") loaded(); else on(window, "load", loaded);
}

const ready = () => {
  if (document.readyState === "loading") on(document, "DOMContentLoaded", start); else start();
};
if (document.prerendering) on(document, "prerenderingchange", ready); else safe(ready)();
