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
  const marked = {}; // plot id -> shapes that the slider has put there
  let width = null; // of the paper, while printing
  const draw = (id) => {
    const { data, layout } = page.plots[id];
    const size = width === null ? {} : { width: Math.floor(width / (byId(id).closest(".pair") ? 2 : 1)) };
    const shapes = [...(layout.shapes ?? []), ...(marked[id] ?? [])];
    return Plotly.react(id, resolved(data), { ...resolved(layout), ...size, shapes: resolved(shapes), autosize: width === null }, CONFIG);
  };
  const drawAll = () => Object.keys(page.plots).forEach(draw);

  // ---------------------------------------------------------------- theme
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : prefersDark.matches);
  const button = byId("theme");
  const showTheme = () => {
    button.setAttribute("aria-pressed", String(isDark()));
    drawAll();
  };
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("lava-caching-theme", root.dataset.theme); } catch (_) { /* storage is off */ }
    showTheme();
  });
  prefersDark.addEventListener("change", showTheme);

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
    setTimeout(() => URL.revokeObjectURL(address), 1000);
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
  const wholeCsv = ({ head, rows }) => {
    const written = (value) => (value === null ? "" : typeof value === "number" ? String(value) : safe(value));
    return asCsv([head.map(safe), ...rows.map((row) => row.map(written))]);
  };
  const slug = (id) => id.replace(/^[a-z]-/, "");
  document.addEventListener("click", ({ target }) => {
    const pressed = target.closest("button");
    if (!pressed) return;
    const { csv, svg, copy, whole } = pressed.dataset;
    if (csv) save(`${slug(csv)}.csv`, "text/csv", whole ? wholeCsv(page.whole[whole]) : csvOf(byId(csv)));
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
  const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  const figures = (value) => {
    if (value === null || value === undefined) return "unknown";
    const size = Math.abs(value);
    if (value === 0) return "0";
    if (size >= 1e-3 && size < 999.95) return trimmed(value.toPrecision(4));
    if (size >= 1e-3 && size < 1e9) return Math.round(value).toLocaleString("en-US");
    const [mantissa, power] = value.toExponential(3).split("e");
    return `${trimmed(mantissa)} × 10${[...power.replace("+", "")].map((c) => RAISED[c]).join("")}`;
  };
  const PREFIXES = { "-18": "a", "-15": "f", "-12": "p", "-9": "n", "-6": "µ", "-3": "m", 0: "", 3: "k", 6: "M" };
  const physical = (value, unit) => {
    if (value === null || value === undefined || unit !== "J" || value === 0) return figures(value);
    const rounded = Number(value.toPrecision(3));
    const power = 3 * Math.floor(Math.log10(Math.abs(rounded)) / 3);
    if (!(power in PREFIXES)) return `${figures(value)} ${unit}`;
    return `${trimmed((rounded / 10 ** power).toPrecision(3))} ${PREFIXES[power]}${unit}`;
  };
  const fill = (table, rows, numbers) => {
    const body = table.tBodies[0];
    body.replaceChildren(...rows.map((row) => {
      const line = document.createElement("tr");
      row.forEach(({ text, value }, i) => {
        const cell = document.createElement(i === 0 ? "th" : "td");
        if (i === 0) cell.scope = "row";
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

  showTheme(); // draws everything
  root.dataset.ready = "yes";
})();
