// The page, the visit and where it came from.

// Private things are cut out of addresses, titles and search words.
const MAIL = /[^\s/?&=#:;,]+(?:@|%(?:25)*40)[^\s/?&=#:;,]+/gi;
const PHONE = new RegExp("(^|[^\\d.])(?:(?:\\+|%2B|00)?86[-\\s]?)?"
  + "1[3-9]\\d(?:[-\\s+]|%20)?\\d{4}(?:[-\\s+]|%20)?\\d{4}(?![\\d.])", "gi");
const ABROAD = /(?:\+|%2B)\d{8,15}/gi;
const PRIVATE = new RegExp("([?&#;](?:e?-?mail|phone|mobile|tel|pass(?:word|wd)?|pwd|token|access_token"
  + "|code|ticket|sign|session|openid|unionid|name|address)=)[^&#]*", "gi");
const clean = text => String(text || "").slice(0, 2000).replace(PRIVATE, "$1***")
  .replace(MAIL, "***").replace(PHONE, "$1***").replace(ABROAD, "***");

const hashRoute = () => /^#!?\//.test(location.hash) ? location.hash : "";
const address = () => location.origin + location.pathname + location.search + hashRoute();
let page, now = window.performance && performance.now ? () => performance.now() : Date.now;

const asked = () => {
  const found = {};
  for (const text of [location.search, (hashRoute().match(/\?.*/) || [""])[0]])
    new URLSearchParams(text).forEach((value, name) => {
      if (value) found[name] = value.slice(0, 200);
    });
  return found;
};
const firstOf = (names, found) => names.map(name => found[name.trim()]).filter(Boolean)[0];

// The source that the address names: utm_*, the code of an inviter, the scene of a QR code.
const sourceNow = () => {
  const found = asked(), source = {}, campaign = {};
  Object.keys(found).forEach(name => {
    if (!name.indexOf("utm_"))
      campaign[name === "utm_campaign" ? "name" : name.slice(4)] = clean(found[name]);
  });
  const inviter = firstOf(INVITER, found), scene = firstOf(SCENE, found);
  if (inviter) source.inviter = clean(inviter);
  if (scene) source.scene = clean(scene);
  if (!campaign.source && scene) {
    campaign.source = "qr";
    campaign.content = campaign.content || source.scene;
  }
  if (!campaign.source && inviter) campaign.source = "inviter";
  if (Object.keys(campaign).length) source.campaign = campaign;
  return Object.keys(source).length ? source : null;
};

// One visit has one source: a link that names another one begins a new visit, as does half an
// hour without a sign of life. `from` is the page before, where one arrives at a page.
const visit = from => {
  const at = Date.now(), source = from !== undefined && sourceNow();
  let one = read("visit");
  const other = source && JSON.stringify(source) !== JSON.stringify(one && one.source);
  if (!one || at - one.at > VISIT || other) {
    one = {id: newId(), source: source || {}, fresh: true};
    if (from && from.indexOf(location.origin + "/")) one.referrer = from;
    if (!read("first"))
      keep("first", Object.assign({at: new Date(at).toISOString(), referrer: one.referrer}, source));
  }
  one.at = at;
  keep("visit", one);
  return one;
};
const visitor = () => { let id = read("id"); if (!id) keep("id", id = newId()); return id; };

const pageTold = () => (
  {path: page.path, url: page.url, search: page.search, title: page.title, referrer: page.referrer});
const context = () => {
  const one = visit(), agent = navigator.userAgent || "";
  const told = Object.assign({
    library: {name: "regulars.js", version: VERSION}, channel: "browser", sessionId: one.id,
    locale: navigator.language, device: {type: /Mobi|Android/i.test(agent) ? "mobile" : "desktop"},
    page: pageTold(),
  }, one.source);
  if (/MicroMessenger/i.test(agent)) told.app = {name: "WeChat"};
  if (one.referrer) told.referrer = {url: one.referrer};
  return told;
};
