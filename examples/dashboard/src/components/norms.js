// What is drawn alike on every page: tiles, verdicts, norm bars, lists.
import {html, svg} from "htl";
import {day, figure, integer, lang, say, verdictName, verdicts} from "./words.js";

export const colors = {met: "#2f9d73", pending: "#e3a63a", missed: "#d24a5b", exempt: "#cfd5dc"};

/** A figure that is read from across the room: its label, and what it is of. */
export function tile({label, value, of = "", mood = "", href}) {
  const inside = [html`<div class="label">${label}</div>`, html`<div class="value">${value}</div>`, html`<div class="of">${of}</div>`];
  return href ? html`<a class=${`tile ${mood}`} href=${href}>${inside}</a>` : html`<div class=${`tile ${mood}`}>${inside}</div>`;
}

export const tiles = (...all) => html`<div class="tiles">${all.filter(Boolean).map(tile)}</div>`;

export const verdict = (code) => code === null || code === undefined ? ""
  : html`<span class=${`verdict ${code}`}>${verdictName(code)}</span>`;

export const legend = (codes = Object.keys(verdicts)) => html`<div class="legend">${codes.map((code) =>
  html`<span><i style=${`background: ${colors[code]}`}></i>${verdictName(code)}</span>`)}</div>`;

/** As of when, and how fresh what the figures come from is. */
export function lede(asOf, feeds) {
  const names = {turnover: say("продажи", "sales"), overdue: say("ПДЗ", "receivables"), activity: say("встречи и звонки", "meetings and calls")};
  return html`<p class="lede">${say("По состоянию на", "As of")} <b>${day(asOf)}</b>. ${say("Данные загружены по:", "Facts are loaded through:")}
    ${feeds.map(({name, loaded_through}, i) => html`${i ? ", " : " "}${names[name] ?? name} <b>${day(loaded_through)}</b>`)}.</p>`;
}

/** A figure against its norm: the band is what is allowed, the bar what is. */
export function normBar({measure, actual, norm_min, norm_max, verdict}, {width = 190, top} = {}) {
  if (actual === null || actual === undefined) return html`<span class="hint">–</span>`;
  const label = measure === "paying_share" ? 84 : norm_min === null && norm_max === null ? 92 : 70;
  const end = top ?? Math.max(actual, norm_max ?? 0, (norm_min ?? 0) * 1.25, 1) * 1.02;
  const x = (value) => Math.min(value, end) / end * (width - label);
  const bounds = norm_min === null && norm_max === null ? say("нет нормы", "no norm")
    : norm_max === null ? `≥ ${figure(measure, norm_min)}`
      : norm_min === null || norm_min === 0 ? `≤ ${figure(measure, norm_max)}`
        : `${figure(measure, norm_min)}–${figure(measure, norm_max)}`;
  const from = x(norm_min ?? 0);
  const until = norm_max === null ? x(end) : x(norm_max);
  return svg`<svg class="normbar" width=${width} height="20" viewBox=${`0 0 ${width} 20`} role="img"
      aria-label=${`${figure(measure, actual)}; ${say("норма", "norm")} ${bounds}; ${verdictName(verdict)}`}>
    <title>${`${figure(measure, actual)}; ${say("норма", "norm")} ${bounds}; ${verdictName(verdict)}`}</title>
    <rect x="0" y="4" width=${width - label} height="12" rx="2" fill="#f0f2f5"></rect>
    ${norm_min === null && norm_max === null ? "" : svg`<rect x=${from} y="4" width=${Math.max(until - from, 1)} height="12" fill="#d8e6de"></rect>`}
    <rect x="0" y="7" width=${Math.max(x(actual), 1.5)} height="6" rx="1" fill=${colors[verdict] ?? "#9aa5b1"}></rect>
    ${norm_min ? svg`<line x1=${from} x2=${from} y1="2" y2="18" stroke="#1d2733" stroke-width="1.4"></line>` : ""}
    ${norm_max === null ? "" : svg`<line x1=${until} x2=${until} y1="2" y2="18" stroke="#1d2733" stroke-width="1.4"></line>`}
    <text x=${width - label + 7} y="14" fill="#1d2733"><tspan font-weight="650">${figure(measure, actual)}</tspan><tspan fill="#8792a0" dx="4">${bounds}</tspan></text>
  </svg>`;
}

/**
 * A list: columns {name, value, show, number, wrap}. A click on a head sorts; more
 * rows than limit are behind a button, and how many they are is said.
 */
export function list(rows, columns, {limit = 40, empty = say("Нет таких.", "None.")} = {}) {
  if (rows.length === 0) return html`<p class="hint">${empty}</p>`;
  let shown = limit;
  let order = rows;
  let sorted = null;
  let descending = false;
  const table = html`<table class="list"></table>`;
  const more = html`<p class="more"></p>`;
  const compare = (a, b) => a === b ? 0 : a === null || a === undefined ? 1 : b === null || b === undefined ? -1
    : typeof a === "string" ? a.localeCompare(b, lang) : a - b;

  function sortBy(column) {
    descending = sorted === column ? !descending : Boolean(column.number);
    sorted = column;
    order = rows.toSorted((a, b) => (descending ? -1 : 1) * compare(column.value(a), column.value(b)));
    draw();
  }
  function draw() {
    const head = html`<thead><tr>${columns.map((column) => {
      const cell = html`<th class=${column.number ? "number" : ""} data-sort>${column.name}${sorted === column ? (descending ? " ↓" : " ↑") : ""}</th>`;
      cell.onclick = () => sortBy(column);
      return cell;
    })}</tr></thead>`;
    const body = html`<tbody>${order.slice(0, shown).map((row) => html`<tr>${columns.map((column) =>
      html`<td class=${column.number ? "number" : column.wrap ? "" : "nowrap"}>${column.show ? column.show(row) : column.number ? integer(column.value(row)) : column.value(row) ?? "–"}</td>`)}</tr>`)}</tbody>`;
    table.replaceChildren(head, body);
    more.replaceChildren(rows.length > shown
      ? html`<a href="#" onclick=${(event) => { event.preventDefault(); shown = rows.length; draw(); }}>${say(`Показать все ${rows.length}`, `Show all ${rows.length}`)}</a>`
      : say(`Всего: ${rows.length}`, `Total: ${rows.length}`));
  }
  draw();
  return html`<div>${table}${more}</div>`;
}

/** What the address says of a parameter, and a select that changes it there. */
export const asked = (name) => Number(new URLSearchParams(location.search).get(name)) || null;

export function remember(name, value) {
  const url = new URL(location);
  url.searchParams.set(name, value);
  history.replaceState(null, "", url);
}
