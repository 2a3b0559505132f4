// A shop that is drawn in place: the address first, its content and title a moment later.
const GOODS = {t1: {name: "白茶", price: 88}, t2: {name: "黄茶", price: 66}};
function go(path, how) {
  history[how || "pushState"]({}, "", path);
  setTimeout(draw, 30);
}
function draw() {
  const id = (location.pathname.match(/^\/app\/goods\/(\w+)/) || [])[1], goods = GOODS[id];
  document.title = goods ? goods.name : "小程序式的店";
  let data = document.getElementById("data");
  if (!data) {
    data = document.createElement("script");
    data.id = "data";
    data.type = "application/ld+json";
    document.head.appendChild(data);
  }
  // Like many such shops it leaves the data of the last product behind on other pages.
  if (goods) data.textContent = JSON.stringify({"@type": "Product", sku: id, name: goods.name, offers: {price: goods.price}});
}
addEventListener("popstate", () => setTimeout(draw, 30));
draw();
