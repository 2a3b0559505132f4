// A page that takes apart what a script may rely on.
window.problems = [];
addEventListener("error", event => problems.push(event.message));
addEventListener("unhandledrejection", event => problems.push(String(event.reason)));
JSON.parse("{}");
