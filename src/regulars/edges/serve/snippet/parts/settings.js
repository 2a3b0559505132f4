// Settings of the script element, and the few words that all parts use.
//
// The parts are joined in the order of __init__.py, within one function, and served as they are but
// for whole lines of comment. They are plain ES2015, which old web views understand. Nothing
// in them may throw into the shop's page, hold it up, or speak to anybody but the shop's server.
const VERSION = "1.0.0";
// Calls that wait stand in an array. An element of this id makes a variable as well; anything else
// is the shop's own.
const waiting = window.regulars;
if (waiting && !Array.isArray(waiting) && !(waiting instanceof Element)) return;
const api = window.regulars = Array.isArray(waiting) ? waiting : [];
// Within a module a script does not know its own element, and other vendors' have keys too.
const script = document.currentScript && document.currentScript.dataset.key ? document.currentScript
  : document.querySelector("script[data-key][src*='regulars.js'],script[data-key][data-host]");
if (api.version || !script) return;
api.version = VERSION;

const setting = (name, otherwise) => script.getAttribute("data-" + name) || otherwise;
const KEY = setting("key");
const SERVER = setting("host", script.src.replace(/\/[^/?#]*([?#].*)?$/, "")).replace(/\/$/, "");
const URL_OF_BATCHES = SERVER + "/v1/batch";
const INVITER = setting("inviter", "inviter").split(",");
const SCENE = setting("scene", "scene").split(",");
const SEARCH = setting("search", "q,s,query,keyword,keywords").split(",");
// The buttons of themes of Shopify and WooCommerce; a shop's own are declared by attributes.
const ADD = setting("add",
  "form[action*='/cart/add'],.single_add_to_cart_button,.ajax_add_to_cart");
const BY_ITSELF = setting("auto", "on") !== "off";
const MINUTES = 60e3, VISIT = 30 * MINUTES, WEEK = 7 * 24 * 60 * MINUTES;
const MOST_MESSAGES = 200, MOST_BYTES = 200e3, MOST_OF_ONE = 32e3, MOST_OF_A_BATCH = 30e3;

const safe = work => function () {
  try { return work.apply(this, arguments); } catch (error) { /* never into the shop's page */ }
};
const on = (target, name, work) =>
  target.addEventListener(name, safe(work), {capture: true, passive: true});
const later = (work, after) => setTimeout(safe(work), after);

// Letters only: a number of eleven digits within an id could be taken for somebody's phone.
const newId = () => {
  let bytes = [], text = "";
  try { bytes = window.crypto.getRandomValues(new Uint8Array(16)); }
  catch (error) { for (let n = 16; n--;) bytes.push(Math.random() * 256); }
  for (const byte of bytes) text += String.fromCharCode(97 + (byte >> 4), 97 + (byte & 15));
  return text;
};

const IS_ID = /^[a-p]{32}$/;

// A browser that asks not to be tracked, and robots, who are no visitors.
const unwanted = () => navigator.globalPrivacyControl === true
  || [navigator.doNotTrack, window.doNotTrack].some(told => told === "1" || told === "yes")
  || /bot\/|spider|crawler/i.test(navigator.userAgent);
// Whatever it says: a shop that has misspelt "required" means to ask all the same.
const ASKS = !!setting("consent", script.hasAttribute("data-consent"));
