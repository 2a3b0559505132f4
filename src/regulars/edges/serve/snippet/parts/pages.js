// What is told of pages: that they open, how long they load, how long they are in sight.

const track = (event, properties) => {
  if (event) tell("track", {event: String(event), properties: properties || {}});
};

const arrive = () => {
  const referrer = page ? page.url : clean(document.referrer);
  page = {
    id: newId(), referrer, title: clean(document.title), url: clean(address()), raw: address(),
    search: clean(location.search), path: clean(location.pathname + hashRoute().replace(/\?.*/, "")),
  };
  visit(referrer);
  since = document.visibilityState === "hidden" ? 0 : now();
  spent = 0;
};
const tellPage = (name, properties) => {
  page.title = clean(document.title);
  const told = {properties: Object.assign(pageTold(), properties)};
  if (name) told.name = String(name);
  tell("page", told, page.told ? 0 : page.id);
  page.told = true;
};
const tellSearch = (query, properties) =>
  track("Products Searched", Object.assign({query: clean(query)}, properties));

// Time in sight. It is told whenever the page goes out of sight, as a phone may never bring it
// back: the parts of one page view add up.
let since = 0, spent = 0;
const rest = () => { if (since) spent += Math.min(now() - since, VISIT); since = 0; };
const left = () => {
  rest();
  if (page && page.told && spent >= (page.left ? 1000 : 1)) {
    page.left = true;
    track("Page Left", {dwell_ms: Math.round(spent), page_view: page.id});
    spent = 0;
  }
};

// How long the page took to load: once, when its largest part has been drawn as well.
let lcp, timed, opening;
const tellTimes = safe(() => {
  const entry = performance.getEntriesByType && performance.getEntriesByType("navigation")[0];
  const times = entry || performance.timing;
  const from = entry ? entry.activationStart || 0 : times.navigationStart;
  if (timed || !page || !times.loadEventEnd) return;
  timed = true;
  const until = at => at > from ? Math.round(at - from) : undefined;
  track("Page Loaded", {
    load_ms: until(times.loadEventEnd), dom_ms: until(times.domContentLoadedEventEnd),
    ttfb_ms: until(times.responseStart), lcp_ms: until(lcp), navigation: entry && entry.type,
    page_view: opening.id,
  });
});

// Pages that are drawn anew in place.
const moved = () => {
  if (!page || address() === page.raw) return;
  left();
  arrive();
  const here = page;
  // The title comes after the address; a way-station of less than this is no page view.
  later(() => { if (page === here) open(); }, 150);
};
