"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  const page = JSON.parse(byId("page-data").textContent);
  const say = (text) => { byId("said").textContent = text; };

  // ---------------------------------------------------------------- plots: colours by name, resolved by the theme
  const colour = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();
  const resolved = (spec) => {
    if (typeof spec === "string") return spec.startsWith("@") ? colour(spec.slice(1)) : spec;
    if (Array.isArray(spec)) return spec.map(resolved);
    if (spec && typeof spec === "object") return Object.fromEntries(Object.entries(spec).map(([k, v]) => [k, resolved(v)]));
    return spec;
  };
  const CONFIG = { displayModeBar: false, responsive: true, showTips: false };
  // Curves that cannot be told apart: those below are drawn wider, and a note names them.
  const ADDED_PX = 3, MOST_ADDED = 3, PLOT_PX = 300;
  const onAxis = (values, axis) => (axis.type === "log" ? values.map((v) => (v === null ? null : Math.log10(v))) : values);
  const extent = (lists) => {
    const known = lists.flat().filter((value) => value !== null && Number.isFinite(value));
    return Math.max(...known) - Math.min(...known);
  };
  const close = (a, b, span) => a.length === b.length
    && a.every((value, i) => value === b[i] || (value !== null && b[i] !== null && Math.abs(value - b[i]) * PLOT_PX <= span));
  const spread = (data, layout) => {
    const curves = data.filter(({ type, mode }) => type === "scatter" && mode === "lines+markers")
      .map((trace) => ({ trace, x: onAxis(trace.x, layout.xaxis), y: onAxis(trace.y, layout.yaxis) }))
      .filter(({ y }) => y.some((value) => value !== null));
    const [width, height] = [extent(curves.map(({ x }) => x)), extent(curves.map(({ y }) => y))];
    const groups = [];
    curves.forEach((curve) => {
      const group = groups.find(([first]) => close(first.x, curve.x, width) && close(first.y, curve.y, height));
      if (group) group.push(curve); else groups.push([curve]);
    });
    return groups.filter((group) => group.length > 1).map((group) => {
      group.forEach(({ trace }, i) => {
        const added = ADDED_PX * Math.min(group.length - 1 - i, MOST_ADDED);
        trace.line.width += added;
        trace.marker.size += added;
      });
      const names = group.map(({ trace }) => plainName(trace.name));
      return `${names.slice(0, -1).join(", ")} and ${names.at(-1)} lie on one another; the first is drawn widest.`;
    });
  };
  const plainName = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  const marked = {}; // plot id -> shapes that the slider has put there
  let width = null; // of the paper, while printing
  const draw = (id) => {
    const { data, layout } = page.plots[id];
    const size = width === null ? {} : { width: Math.floor(width / (byId(id).closest(".pair") ? 2 : 1)) };
    const shapes = [...(layout.shapes ?? []), ...(marked[id] ?? [])];
    const shown = resolved(data);
    const said = spread(shown, layout).join(" ");
    const note = byId(id).closest("figure").querySelector("[data-overlap]");
    note.textContent = said;
    note.hidden = !said;
    return Plotly.react(id, shown, { ...resolved(layout), ...size, shapes: resolved(shapes), autosize: width === null }, CONFIG);
  };
  const drawAll = () => Object.keys(page.plots).forEach(draw);
  // At first one plot in each turn, so that the page can be read and used meanwhile.
  const drawFirst = (ids, done) => {
    if (!ids.length) return done();
    draw(ids[0]);
    setTimeout(drawFirst, 0, ids.slice(1), done);
  };

  // ---------------------------------------------------------------- theme
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : prefersDark.matches);
  const button = byId("theme");
  const showTheme = () => { // what it offers, not what there is
    button.textContent = isDark() ? "Light theme" : "Dark theme";
  };
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("lava-caching-theme", root.dataset.theme); } catch (_) { /* storage is off */ }
    showTheme();
    drawAll();
  });
  prefersDark.addEventListener("change", () => { showTheme(); drawAll(); });

  // ---------------------------------------------------------------- paper: always light, as wide as a page
  const PAPER_PX = 960;
  let before = null;
  addEventListener("beforeprint", () => {
    before = root.dataset.theme ?? "";
    root.dataset.theme = "light";
    width = PAPER_PX;
    drawAll();
  });
  addEventListener("afterprint", () => {
    if (before) root.dataset.theme = before; else delete root.dataset.theme;
    width = null;
    drawAll();
  });

  // ---------------------------------------------------------------- files: a Blob, never the network
  const save = (name, type, text) => {
    const address = URL.createObjectURL(new Blob([text], { type }));
    const link = document.createElement("a");
    link.href = address;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 60000); // a busy machine may begin to read it late
    say(`saved ${name}`);
  };
  const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const safe = (text) => (/^[=+\-@]/.test(text) ? `'${text}` : text); // a spreadsheet would take it for a formula
  const asCsv = (rows) => rows.map((row) => row.map(quoted).join(",") + "\n").join("");
  const cellText = (cell) => cell.dataset.v ?? safe(cell.textContent.trim().replace(/\s+/g, " "));
  const csvOf = (table) => {
    const head = all("thead th", table).map((th) => safe(th.dataset.csvHead));
    return asCsv([head, ...all("tbody tr", table).map((tr) => [...tr.cells].map(cellText))]);
  };
  const settingsCsv = () => { // all of them, by their axes, with the columns of the table
    const { axes, measures, at, n, converged, mean, sem } = page.sweep;
    const heads = measures.flatMap(({ title, unit }) => [title, unit ? `± s.e.m. (${unit})` : "± s.e.m."]);
    const shown = (value) => (value === null ? "" : String(value));
    const place = (axis, i) => (axis.values[i] === null ? axis.texts[i] : typeof axis.values[i] === "number" ? String(axis.values[i]) : safe(axis.texts[i]));
    const rows = at.map((places, s) => [
      ...axes.map((axis, i) => place(axis, places[i])),
      String(n[s]), converged[s] === null ? "no criterion" : String(converged[s]),
      ...measures.flatMap((_, m) => [shown(mean[m][s]), n[s] === 1 && mean[m][s] !== null ? "one run" : shown(sem[m][s])]),
    ]);
    return asCsv([[...axes.map((axis) => safe(axis.label)), "runs", "converged", ...heads], ...rows]);
  };
  const slug = (id) => id.replace(/^[a-z]-/, "");
  document.addEventListener("click", ({ target }) => {
    const pressed = target.closest("button");
    if (!pressed) return;
    const { csv, svg, copy, whole } = pressed.dataset;
    if (csv) save(`${slug(csv)}.csv`, "text/csv", whole === undefined ? csvOf(byId(csv)) : settingsCsv());
    if (svg) {
      const box = byId(svg);
      Plotly.downloadImage(box, { format: "svg", filename: slug(svg), width: box.offsetWidth, height: box.offsetHeight });
      say(`saved ${slug(svg)}.svg`);
    }
    if (copy) {
      getSelection().selectAllChildren(byId(copy)); // and what follows may be refused on a page from disk
      const done = navigator.clipboard?.writeText(byId(copy).textContent);
      Promise.resolve(done).then(() => say("copied"), () => say("selected; copy it with Ctrl-C"));
    }
  });

  // ---------------------------------------------------------------- numbers as the tables show them
  const RAISED = Object.fromEntries([..."-0123456789"].map((c, i) => [c, [..."⁻⁰¹²³⁴⁵⁶⁷⁸⁹"][i]]));
  const minus = (text) => text.replace(/^-/, "−");
  const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  const figures = (value) => {
    if (value === null || value === undefined) return "unknown";
    const size = Math.abs(value);
    if (value === 0) return "0";
    if (size >= 1e-3 && size < 999.95) return minus(trimmed(value.toPrecision(4)));
    if (size >= 1e-3 && size < 1e9) return minus(Math.round(value).toLocaleString("en-US"));
    const [mantissa, power] = value.toExponential(3).split("e");
    return `${minus(trimmed(mantissa))} × 10${[...power.replace("+", "")].map((c) => RAISED[c]).join("")}`;
  };
  const PREFIXES = { "-18": "a", "-15": "f", "-12": "p", "-9": "n", "-6": "µ", "-3": "m", 0: "", 3: "k", 6: "M" };
  const physical = (value, unit) => {
    if (value === null || value === undefined || !["J", "s"].includes(unit) || value === 0) return figures(value);
    const rounded = Number(value.toPrecision(3));
    const power = 3 * Math.floor(Math.log10(Math.abs(rounded)) / 3);
    if (!(power in PREFIXES)) return `${figures(value)} ${unit}`;
    return `${minus(trimmed((rounded / 10 ** power).toPrecision(3)))} ${PREFIXES[power]}${unit}`;
  };
  const decades = (values, unit) => { // ticks of a logarithmic axis, as plots.py makes them
    const known = values.filter((value) => value);
    const first = Math.floor(Math.log10(Math.min(...known)));
    const last = Math.max(Math.ceil(Math.log10(Math.max(...known))), first + 1);
    const every = Math.ceil((last - first) / 6);
    const tickvals = [];
    for (let power = first; power <= last; power += every) {
      for (const m of last - first <= 2 ? [1, 2, 5] : [1]) if (power < last || m === 1) tickvals.push(Number(`${m}e${power}`));
    }
    return { tickvals, ticktext: tickvals.map((value) => physical(value, unit)) };
  };
  const fill = (table, rows, numbers, heads = 1) => {
    const body = table.tBodies[0];
    body.replaceChildren(...rows.map((row) => {
      const line = document.createElement("tr");
      row.forEach(({ text, value }, i) => {
        const cell = document.createElement(i < heads ? "th" : "td");
        if (i < heads) cell.scope = "row";
        if (numbers[i]) cell.className = value === null ? "n u" : "n";
        if (value !== undefined) cell.dataset.v = value === null ? "" : String(value);
        cell.textContent = text; // text, never markup
        line.append(cell);
      });
      return line;
    }));
  };
  const headsOf = (table) => all("thead th", table).map((th) => th.classList.contains("n"));

  // ---------------------------------------------------------------- the slider along a training
  all("[data-scrubber]").forEach((box) => {
    const id = box.dataset.scrubber;
    const { stops, runs } = page.scrubbers[id];
    const table = byId(`${id}-values`);
    const move = () => {
      const at = stops[Number(byId(id).value)];
      byId(`${id}-at`).textContent = at.toLocaleString("en-US");
      byId(id).setAttribute("aria-valuetext", `${at} presentations`);
      fill(table, runs.map((run) => {
        const k = run.n.findLastIndex((n) => n !== null && n <= at);
        const numbers = run.values.map((values) => (k < 0 || values === null ? null : values[k]));
        const n = k < 0 ? null : run.n[k];
        return [{ text: run.name }, ...[n, ...numbers].map((value) => ({ text: figures(value), value }))];
      }), headsOf(table));
      box.dataset.plots.split(" ").forEach((plot) => {
        marked[plot] = [{ type: "line", xref: "x", yref: "paper", x0: at, x1: at, y0: 0, y1: 1, line: { color: "@ink", width: 1.5, dash: "dot" } }];
      });
    };
    byId(id).addEventListener("input", () => { move(); box.dataset.plots.split(" ").forEach(draw); });
    move();
  });

  // ---------------------------------------------------------------- a sweep: other values of the axes that are held
  const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const spansDecades = (values) => values.length > 0 && Math.min(...values) > 0 && Math.max(...values) > 30 * Math.min(...values);
  all("[data-explorer]").forEach((box) => {
    const { axes, measures, energies, time, at, n, converged, mean, sem, style } = page.sweep;
    const x = Number(box.dataset.x);
    const [energyPlot, timePlot] = all(".plot", box).map(({ id }) => id);
    const table = box.querySelector(".block > .scroll > table");
    const note = table.closest(".block").querySelector(".note");
    const [by, measure] = [box.querySelector("[data-by]"), box.querySelector("[data-measure]")];
    const holds = all("[data-hold]", box);
    const curves = () => {
      const over = by.value === "" ? null : Number(by.value);
      const bound = new Set([...axes[x].bound, ...(over === null ? [] : axes[over].bound)]);
      const held = holds.map((hold) => [Number(hold.dataset.hold), Number(hold.value)]).filter(([axis]) => axis !== over && !bound.has(axis));
      holds.forEach((hold) => {
        const axis = Number(hold.dataset.hold);
        hold.disabled = axis === over || bound.has(axis);
        const shown = hold.closest("label").querySelector("output");
        if (shown) shown.textContent = hold.disabled ? "all" : axes[axis].texts[Number(hold.value)];
        if (hold.type === "range") hold.setAttribute("aria-valuetext", axes[axis].texts[Number(hold.value)]);
      });
      const found = new Map();
      at.forEach((places, s) => {
        if (!held.every(([axis, value]) => places[axis] === value)) return;
        const key = over === null ? -1 : places[over];
        found.set(key, [...(found.get(key) ?? []), s]);
      });
      const keys = [...found.keys()].sort((a, b) => a - b);
      const few = keys.length <= style.most ? keys : Array.from({ length: style.most }, (_, i) => keys[Math.floor((i * (keys.length - 1)) / (style.most - 1))]);
      const said = held.sort(([a], [b]) => a - b).map(([axis, value]) => `${axes[axis].label} = ${axes[axis].texts[value]}`).join(", ");
      note.textContent = `Held: ${said || "nothing"}.${few.length < keys.length ? ` ${few.length} of ${keys.length} curves.` : ""}`;
      return few.map((key) => ({
        name: key < 0 ? "all" : axes[over].texts[key],
        along: found.get(key).sort((a, b) => at[a][x] - at[b][x]),
      }));
    };
    const plot = (id, m, shown) => {
      const placed = shown.map(({ name, along }) => ({ name, along: along.filter((s) => axes[x].values[at[s][x]] !== null) }));
      const spec = page.plots[id];
      const pick = (list, i) => list[i % list.length];
      spec.data = placed.map(({ name, along }, k) => ({
        type: "scatter", mode: "lines+markers", name: escaped(name),
        x: along.map((s) => (axes[x].scale === "steps" ? at[s][x] : axes[x].values[at[s][x]])),
        y: along.map((s) => mean[m][s]),
        line: { color: pick(style.colours, k), dash: pick(style.dashes, Math.floor(k / style.colours.length)), width: 2 },
        marker: { symbol: pick(style.symbols, k), size: 6, color: pick(style.colours, k) },
        error_y: { type: "data", array: along.map((s) => sem[m][s] ?? 0), thickness: 1.2, width: 3 },
      }));
      const log = spansDecades(spec.data.flatMap(({ y }) => y).filter((value) => value !== null));
      const { type, rangemode, autorangeoptions, tickvals, ticktext, ticksuffix, ...axis } = spec.layout.yaxis;
      const isJoules = measures[m].unit === "J";
      const scale = log
        ? { type: "log", ...decades(spec.data.flatMap(({ y }) => y), measures[m].unit) }
        : { type: "linear", ...(measures[m].label === "accuracy" ? { autorangeoptions: { clipmin: 0, clipmax: 1 } } : { rangemode: "tozero" }), ...(isJoules ? { ticksuffix: "J" } : {}) };
      Object.assign(axis, isJoules && !log ? { exponentformat: "SI", minexponent: 3 } : { exponentformat: "power", minexponent: 6 });
      spec.layout = { ...spec.layout, showlegend: placed.length > 1, yaxis: { ...axis, ...scale, title: { ...axis.title, text: escaped(measures[m].title) } } };
      draw(id);
    };
    const update = () => {
      const shown = curves();
      const m = energies[Number(measure.value)];
      plot(energyPlot, m, shown);
      plot(timePlot, time, shown);
      const heads = all("thead th", table);
      [heads[4].textContent, heads[4].dataset.csvHead] = [measures[m].label, measures[m].title];
      heads[5].dataset.csvHead = measures[m].unit ? `± s.e.m. (${measures[m].unit})` : "± s.e.m.";
      const number = (k, s) => [
        { text: physical(mean[k][s], measures[k].unit), value: mean[k][s] },
        n[s] === 1 && mean[k][s] !== null ? { text: "one run" } : { text: physical(sem[k][s], measures[k].unit), value: sem[k][s] },
      ];
      const rows = shown.flatMap(({ name, along }) => along.map((s) => {
        const value = axes[x].values[at[s][x]];
        const share = converged[s] === null ? { text: "no criterion" } : { text: `${Math.round(100 * converged[s])}%`, value: converged[s] };
        return [{ text: axes[x].texts[at[s][x]], ...(value === null ? {} : { value }) }, { text: name }, { text: String(n[s]), value: n[s] }, share, ...number(m, s), ...number(time, s)];
      }));
      fill(table, rows, headsOf(table), 2);
      say(rows.length ? `${rows.length} settings shown` : "no run has these settings");
    };
    all("input", box).forEach((slider) => slider.addEventListener("input", update));
    all("select", box).forEach((choice) => choice.addEventListener("change", update));
    curves(); // disables what cannot be held
  });

  // ---------------------------------------------------------------- wide tables: row heads stay, and it is said that they scroll
  const MOST_STUCK = 0.65; // of the width that there is
  const fit = (box) => {
    const table = box.querySelector("table");
    const hint = box.previousElementSibling;
    const cut = box.scrollWidth > box.clientWidth + 1;
    box.classList.toggle("cut", cut);
    if (hint?.classList.contains("hint")) hint.hidden = !cut;
    const heads = all(":scope > th", table.tBodies[0].rows[0] ?? table.tHead.rows[0]).slice(0, 3);
    let [n, taken] = [0, 0];
    for (const head of heads) {
      if (n && taken + head.offsetWidth > MOST_STUCK * box.clientWidth) break;
      if (n) table.style.setProperty(n === 1 ? "--second" : "--third", `${taken}px`);
      taken += head.offsetWidth;
      n += 1;
    }
    table.dataset.stuck = String(n);
  };
  const changes = new ResizeObserver((entries) => new Set(entries.map(({ target }) => target.closest(".scroll"))).forEach(fit));
  all(".scroll").forEach((box) => { changes.observe(box); changes.observe(box.querySelector("table")); });

  showTheme();
  drawFirst(Object.keys(page.plots), () => { root.dataset.ready = "yes"; });
})();
