// From a call to a message, and from there to the server: nothing lost, nothing twice.

let queue = [], count = 0, waits, busy, alone = 0, failed = 0, pause = 0;

const tell = (type, fields, messageId) => {
  if (gone || !page) return;
  const user = read("user");
  const told = Object.assign({
    type, messageId: messageId || newId(), anonymousId: visitor(),
    timestamp: new Date().toISOString(), context: context(),
  }, user && typeof user === "string" ? {userId: user} : {}, fields);
  if (type === "identify" || (type === "page" && read("visit").fresh)) {
    told.context.firstTouch = read("first") || undefined;
    if (type === "page") keep("visit", Object.assign(read("visit"), {fresh: undefined}));
  }
  // Half of a pair of surrogates and the character 0 are no text to a server.
  const text = JSON.stringify(told, (name, value) => typeof value !== "string" ? value
    : value.replace(/[\uD800-\uDFFF]/gu, "\uFFFD").replace(/\0/g, ""));
  const place = Date.now().toString(36) + "." + (count++ + 1e6) + "." + told.messageId;
  add({key: P + "q." + place, text, size: bytes(text)});
  send(400);
};
const bytes = text => new Blob([text]).size;

// Every message is kept under a key of its own, so that two tabs never overwrite one another's.
const add = one => {
  if (one.size > MOST_OF_ONE)
    return console.warn("regulars.js: left out, longer than " + MOST_OF_ONE + " bytes");
  queue.push(one);
  if (allowed) box(stored => stored.setItem(one.key, one.text));
  let size = queue.reduce((sum, each) => sum + each.size, 0);
  while (queue.length > MOST_MESSAGES || size > MOST_BYTES) {
    size -= queue[0].size;
    remove([queue[0]]);
  }
};
const remove = some => {
  queue = queue.filter(one => some.indexOf(one) < 0);
  some.forEach(one => box(stored => stored.removeItem(one.key)));
};
// What another page has left behind: it was not answered, perhaps it did arrive. The server
// knows a message by its id, so that sending it again never counts it twice.
const adopt = () => kept().filter(key => !key.indexOf(P + "q.")).sort().forEach(key => {
  const text = box(stored => stored.getItem(key)), at = parseInt(key.split(".")[2], 36);
  if (queue.some(one => one.key === key) || !text) return;
  if (Date.now() - at > WEEK) return box(stored => stored.removeItem(key));
  queue.push({key, text, size: bytes(text)});
});

const batch = some => "{\"batch\":[" + some.map(one => one.text).join() + "],\"sentAt\":\""
  + new Date().toISOString() + "\",\"writeKey\":" + JSON.stringify(KEY) + "}";
const portion = from => {
  let size = 0;
  return from.filter(one => (size += one.size) <= MOST_OF_A_BATCH || size === one.size);
};

const send = after => {
  clearTimeout(waits);
  waits = later(flush, Math.max(after, pause - Date.now()));
};

function flush() {
  if (!allowed || busy || !queue.length) return;
  const some = busy = alone ? queue.slice(0, 1) : portion(queue);
  let over;
  const done = (status, retryAfter) => {
    if (over) return;
    over = true; busy = null; pause = 0;
    const bad = status === 400 || status === 413;
    // One bad message must not hold up the others: they are sent one by one.
    if (bad && some.length > 1) alone = some.length;
    else if (bad || (status >= 200 && status < 300)) {
      failed = 0; alone = Math.max(alone - 1, 0);
      remove(some);
    } else {
      const wait = Math.min(1e3 * Math.pow(2, failed++), MINUTES) * (0.5 + Math.random() / 2);
      pause = Date.now() + Math.max(wait, Math.min(retryAfter * 1e3 || 0, 10 * MINUTES));
    }
    if (queue.length) send(0);
  };
  later(() => done(0), 20e3);
  post(batch(some), done);
}

// A string goes out as text/plain: a simple request, which needs no preflight. Without cookies and
// without the page's address, which has not been cleaned: they are none of our business.
const LASTS = window.fetch && window.Request && Request.prototype
  && "keepalive" in Request.prototype;
function post(body, done) {
  try {
    if (window.fetch) {
      fetch(URL_OF_BATCHES, {
        method: "POST", body, keepalive: true, credentials: "omit", referrerPolicy: "origin",
      }).then(safe(got => done(got.status, got.headers.get("Retry-After"))), () => done(0));
    } else {
      const call = new XMLHttpRequest();
      call.open("POST", URL_OF_BATCHES);
      call.onload = () => done(call.status, call.getResponseHeader("Retry-After"));
      call.onerror = () => done(0);
      call.send(body);
    }
  } catch (error) { done(0); }
}

// The page goes: perhaps nobody hears the answer, so what is sent stays in the queue for the next.
const part = () => {
  const rest = portion(queue.filter(one => !LASTS || !busy || busy.indexOf(one) < 0));
  if (!allowed || !rest.length) return;
  if (LASTS) post(batch(rest), status => { if (status === 200) remove(rest); });
  else if (navigator.sendBeacon) navigator.sendBeacon(URL_OF_BATCHES, batch(rest));
};
