// The page, the visit and where it came from.

// Private things are cut out of addresses, titles and search words.
const MAIL = /[^\s/?&=#:;,]+(?:@|%(?:25)*40)[^\s/?&=#:;,]*/gi;
// What stands before may be a sign in its written-out form, %20 and the like.
const PHONE = new RegExp("(^|%(?:25)*[0-9A-F]{2}|[^\\d.]|\\D\\.)(?:(?:\\+|%2B|00)?86[-\\s]?)?"
  + "1[3-9]\\d(?:[-\\s+]|%20)?\\d{4}(?:[-\\s+]|%20)?\\d{4}(?!\\.?\\d)", "gi");
const ABROAD = /(?:\+|%(?:25)*2B)(?:(?:[-\s().]|%2[089]){0,2}\d){8,15}/gi;
// Names of parameters: those that hold such a word anywhere, and those that end in one. Addresses
// within addresses have the signs around them written out. No name is longer than this: without a
// bound an address made for it could hold the page up.
const PART = "[^?&#;/=]{0,40}?";
const PRIVATE = new RegExp("((?:[?&#;/]|%(?:25)*(?:2[36F]|3[BF]))(?:"
  + PART + "(?:mail|phone|mobile|passw|pwd|token|secret|signature|session|sessid|openid|unionid|jwt"
  + "|address|(?:first|last|full|user|nick|real|given|family)[_-]?name)" + PART
  + "|(?:" + PART + "(?:[_.[-]|%5B))?(?:tel|pass|code|ticket|sign|sid|auth|otp|key|name)"
  + "(?:\\]|%5D)?)(?:=|%(?:25)*3D))[^&#]*", "gi");
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
  // A link may be made by anybody: without a bound one could fill the storage, which is the shop's.
  const named = Object.keys(found).filter(name => /^utm_[a-z]\w{0,29}$/i.test(name));
  named.slice(0, 10).forEach(name => {
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
  if (!one || !IS_ID.test(one.id) || at - one.at > VISIT || other) {
    one = {id: newId(), source: source || {}, fresh: true};
    if (from && from.indexOf(location.origin + "/")) one.referrer = from;
    if (!read("first"))
      keep("first", Object.assign({at: new Date(at).toISOString(), referrer: one.referrer}, source));
  }
  one.at = at;
  keep("visit", one);
  return one;
};
const visitor = () => {
  let id = read("id");
  if (!IS_ID.test(id)) keep("id", id = newId());
  return id;
};

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
