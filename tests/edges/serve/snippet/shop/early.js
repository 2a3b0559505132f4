// What a shop may call before the snippet is there.
window.regulars = window.regulars || [];
["track", "identify"].forEach(function (name) {
  regulars[name] = function () { regulars.push([name].concat([].slice.call(arguments))); };
});
const kept = regulars;
regulars.track("Promotion Viewed", {promotion_id: "spring"});
regulars.identify("u-1", {grade: "gold"});
regulars.push(["search", "白茶"]);
addEventListener("load", () => { window.sameAfterwards = kept === window.regulars; });
