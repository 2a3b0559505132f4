// What is kept in the browser: nothing before it is allowed, nor where it is blocked.

const P = "regulars.";
// gone: the visitor wants none of this; blocked: storage is closed or full, memory stands in.
let allowed = false, gone = false, blocked = false, memory = {};
const box = work => { try { return work(window.localStorage); } catch (error) { blocked = true; } };
const read = name => {
  if (allowed && !blocked) {
    const text = store(name);
    try { if (!blocked) memory[name] = JSON.parse(text); } catch (error) { memory[name] = null; }
  }
  return memory[name];
};
const keep = (name, value) => {
  memory[name] = value;
  if (allowed) box(stored => stored.setItem(P + name, JSON.stringify(value)));
};
const store = name => box(stored => stored.getItem(P + name));
const drop = name => { delete memory[name]; box(stored => stored.removeItem(P + name)); };
const kept = () => box(stored => Object.keys(stored).filter(key => !key.indexOf(P))) || [];
const forget = () => {
  memory = {}; queue = [];
  kept().forEach(key => { if (key !== P + "refused") box(stored => stored.removeItem(key)); });
};
