// Products: named by the shop's script, by attributes, by JSON-LD, or by Open Graph.

// "12,50" may be twelve or twelve hundred: then there is no number.
const MONEY = /^[^\d-]{0,4}-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?$/;
const NUMBERS = /^(price|quantity|position|value|discount)$/;
const A = "data-regulars";
const attributes = element => {
  const found = {};
  for (const one of [].slice.call(element.attributes)) {
    const name = one.name.indexOf(A + "-") ? "" : one.name.slice(A.length + 1).replace(/-/g, "_");
    if (name) put(found, name === "product" ? "product_id" : name, one.value);
  }
  return found;
};
const put = (found, name, value) => {
  if (value && typeof value === "object") value = value.name || value["@id"];
  if (value === undefined || value === null || value === "") return;
  if (NUMBERS.test(name) && typeof value === "string") {
    if (!MONEY.test(value = value.trim())) return;
    value = +value.replace(/[^\d.-]/g, "");
  }
  found[name] = typeof value === "object" ? String(value) : value;
};
const drawn = new WeakMap(), opened = new WeakMap();
const structured = () => {
  const found = [];
  const walk = node => {
    if (Array.isArray(node)) return node.forEach(walk);
    if (!node || typeof node !== "object") return;
    if ([].concat(node["@type"]).some(type => /(^|\/)Product(Group)?$/.test(type))) found.push(node);
    walk(node["@graph"]); walk(node.mainEntity);
  };
  [].forEach.call(document.querySelectorAll("script[type='application/ld+json']"), element => {
    // A page that was drawn anew in place may still hold the data of the one before.
    const before = drawn.get(element);
    if (before && before.text === element.text && before.page !== page) return;
    drawn.set(element, {text: element.text, page});
    try { walk(JSON.parse(element.text)); } catch (error) { /* not ours to mend */ }
  });
  if (found.length !== 1) return null;
  const one = found[0], product = {};
  const first = [].concat(one.hasVariant || {})[0];
  const offer = [].concat(one.offers || first.offers || {})[0];
  put(product, "product_id", one.productID || one.productGroupID || one.sku);
  put(product, "sku", one.sku); put(product, "name", one.name); put(product, "brand", one.brand);
  put(product, "category", one.category); put(product, "price", offer.price || offer.lowPrice);
  put(product, "currency", offer.priceCurrency);
  return product.product_id || product.name ? product : null;
};
const graph = () => {
  const meta = name => (document.querySelector("meta[property='" + name + "']") || {}).content;
  if (page !== opening || !/product/.test(meta("og:type") || "")) return null;
  const product = {};
  put(product, "product_id", meta("product:retailer_item_id")); put(product, "name", meta("og:title"));
  put(product, "price", meta("product:price:amount") || meta("og:price:amount"));
  put(product, "currency", meta("product:price:currency") || meta("og:price:currency"));
  put(product, "brand", meta("product:brand")); put(product, "category", meta("product:category"));
  return product;
};
const productHere = () => page.product || (page.product = structured() || graph());
const productOf = element => {
  const holder = element.closest("[" + A + "-product]");
  return Object.assign({}, holder ? attributes(holder) : productHere(), attributes(element));
};

const WORDS = {
  __proto__: null,
  view: "Product Viewed", list: "Product List Viewed", cart: "Cart Viewed", click: "Product Clicked",
  add: "Product Added", remove: "Product Removed", wish: "Product Added to Wishlist",
  share: "Product Shared", checkout: "Checkout Started",
};
const OPENS = {__proto__: null, view: 1, list: 1, cart: 1};

// Looks at the page for what is told when it opens; pages drawn by scripts may need a moment.
const look = tries => {
  const here = page;
  [].forEach.call(document.querySelectorAll("[" + A + "]"), element => {
    const word = element.getAttribute(A);
    if (!OPENS[word] || opened.get(element) === page) return;
    opened.set(element, page);
    if (word !== "view") return track(WORDS[word], attributes(element));
    page.product = productOf(element);
    page.viewed = true;
    track(WORDS.view, page.product);
  });
  if (BY_ITSELF && !page.viewed && productHere()) {
    page.viewed = true;
    track("Product Viewed", page.product);
  }
  if (tries && !page.viewed) later(() => { if (page === here) look(tries - 1); }, 700);
};
const open = () => {
  if (!BY_ITSELF) return look(2);
  if (!page.told) tellPage();
  const query = firstOf(SEARCH, asked());
  if (query) tellSearch(query);
  look(4);
};

// The click on a declared button and the sending of the theme's form around it are one press.
let clicked = "", clickedAt = 0;
const tellPress = (event, product, submits) => {
  if (submits && event === clicked && Date.now() - clickedAt < 500) return;
  if (!submits) { clicked = event; clickedAt = Date.now(); }
  track(event, product);
};
const pressed = event => {
  if (!page) return;
  const target = event.target && event.target.closest ? event.target : event.target.parentElement;
  const submits = event.type === "submit";
  const element = target && target.closest("[" + A + "]"), word = element && element.getAttribute(A);
  if (element && word && !OPENS[word] && (element.tagName === "FORM") === submits)
    return tellPress(WORDS[word] || word, productOf(element), submits);
  const adds = target && BY_ITSELF && target.closest(ADD);
  if (!adds || (adds.tagName === "FORM") !== submits) return;
  if (adds.disabled || adds.classList.contains("disabled")) return;
  const product = productOf(adds), amount = adds.closest("form");
  put(product, "product_id", adds.getAttribute("data-product_id"));
  put(product, "sku", adds.getAttribute("data-product_sku"));
  put(product, "quantity", adds.getAttribute("data-quantity")
    || ((amount && amount.querySelector("[name=quantity]")) || {}).value || 1);
  tellPress("Product Added", product, submits);
};
