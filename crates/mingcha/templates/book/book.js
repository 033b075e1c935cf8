// Filters lists, turns their pages and hears the keyboard. Every page reads the same without it.
(function () {
  "use strict";
  document.documentElement.classList.add("has-script");

  function listOf(name) {
    var table = document.querySelector('[data-rows="' + name + '"]');
    var rows = Array.prototype.slice.call(table.querySelectorAll("tbody > tr:not(.group)"));
    return {
      table: table, rows: rows, page: 0, size: Number(table.dataset.page) || Infinity, cursor: null,
      texts: rows.map(function (row) { return ((row.dataset.text || "") + " " + row.textContent).toLowerCase(); })
    };
  }

  // The state of a filter lives in the address, so that a link to it can be sent.
  function remember(form) {
    var state = new URLSearchParams();
    new FormData(form).forEach(function (value, name) { if (value) state.set(name, value); });
    var text = state.toString();
    try { history.replaceState(null, "", text ? "#" + text : location.pathname + location.search); } catch (refused) { /* a browser that forbids it on local files */ }
  }

  function recall(form) {
    if (location.hash.indexOf("=") < 0) return;
    new URLSearchParams(location.hash.slice(1)).forEach(function (value, name) {
      if (form.elements[name]) form.elements[name].value = value;
    });
  }

  function show(form, list) {
    var words = (form.elements.q.value || "").toLowerCase().split(/\s+/).filter(Boolean);
    var picks = Array.prototype.filter.call(form.elements, function (field) { return field.tagName === "SELECT" && field.value; });
    var matching = list.rows.filter(function (row, at) {
      return picks.every(function (pick) { return row.dataset[pick.name] === pick.value; }) &&
        words.every(function (word) { return list.texts[at].indexOf(word) >= 0; });
    });
    var pages = Math.max(1, Math.ceil(matching.length / list.size));
    list.page = Math.min(list.page, pages - 1);
    var begin = list.size === Infinity ? 0 : list.page * list.size;
    list.shown = matching.slice(begin, list.size === Infinity ? undefined : begin + list.size);
    list.matching = matching;
    list.rows.forEach(function (row) { row.hidden = true; });
    list.shown.forEach(function (row) { row.hidden = false; });
    hideEmptyGroups(list.table);
    var name = form.dataset.filter, out = form.querySelector("[data-count]"), empty = document.querySelector('[data-empty="' + name + '"]');
    out.textContent = matching.length === list.rows.length ? "共 " + list.rows.length + " " + out.dataset.unit
      : "符合 " + matching.length + " " + out.dataset.unit + "，共 " + list.rows.length + " " + out.dataset.unit;
    if (empty) empty.hidden = matching.length > 0;
    var pager = document.querySelector('[data-pager="' + name + '"]');
    if (pager) {
      pager.hidden = pages < 2;
      pager.querySelector("span").textContent = "第 " + (list.page + 1) + " 页，共 " + pages + " 页";
      pager.querySelector('[data-step="-1"]').disabled = list.page === 0;
      pager.querySelector('[data-step="1"]').disabled = list.page === pages - 1;
    }
  }

  function hideEmptyGroups(table) {
    Array.prototype.forEach.call(table.tBodies, function (body) {
      body.hidden = !body.querySelector("tr:not(.group):not([hidden])");
    });
  }

  // A row that the address points at may lie on a later page.
  function turnTo(list) {
    var wanted = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    var at = list.rows.indexOf(wanted);
    if (at >= 0 && list.size !== Infinity) list.page = Math.floor(at / list.size);
    return at >= 0 ? wanted : null;
  }

  var form = document.querySelector("form[data-filter]"), list = form && listOf(form.dataset.filter);
  if (form) {
    recall(form);
    var wanted = turnTo(list);
    show(form, list);
    if (wanted) wanted.scrollIntoView({ block: "center" });
    var changed = function () { list.page = 0; show(form, list); remember(form); };
    form.addEventListener("input", changed);
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    form.addEventListener("reset", function () { setTimeout(changed, 0); });
    form.addEventListener("click", function (event) {
      var step = Number(event.target.dataset && event.target.dataset.step);
      if (step) { list.page += step; show(form, list); list.table.scrollIntoView(); }
    });
    window.addEventListener("hashchange", function () { recall(form); show(form, list); });
  }

  function move(step) {
    var at = list.shown.indexOf(list.cursor) + step;
    if (list.cursor) list.cursor.classList.remove("is-cursor");
    list.cursor = list.shown[Math.max(0, Math.min(at, list.shown.length - 1))] || null;
    if (!list.cursor) return;
    list.cursor.classList.add("is-cursor");
    var link = list.cursor.querySelector("a");
    if (link) link.focus({ preventScroll: true });
    list.cursor.scrollIntoView({ block: "nearest" });
  }

  function go(rel) {
    var link = document.querySelector('link[rel="' + rel + '"]');
    if (link) location.href = link.href;
  }

  document.addEventListener("keydown", function (event) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    var typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "Escape" && form && typing) { form.reset(); event.target.blur(); return; }
    if (typing) return;
    if (event.key === "/" && form) { event.preventDefault(); form.elements.q.focus(); }
    else if (event.key === "j") { if (list) move(1); else go("next"); }
    else if (event.key === "k") { if (list) move(-1); else go("prev"); }
  });

  // On paper everything that matches is shown, and what is folded is open.
  window.addEventListener("beforeprint", function () {
    if (list) { list.matching.forEach(function (row) { row.hidden = false; }); hideEmptyGroups(list.table); }
    document.querySelectorAll("details:not([open])").forEach(function (one) { one.open = true; one.dataset.folded = "1"; });
  });
  window.addEventListener("afterprint", function () {
    if (list) show(form, list);
    document.querySelectorAll("details[data-folded]").forEach(function (one) { one.open = false; delete one.dataset.folded; });
  });
})();
