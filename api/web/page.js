"use strict";
const $ = (id) => document.getElementById(id);
const PICKERS = ["industry", "company_size", "region", "persona", "deal_stage", "outcome",
  "lead_source", "campaign", "product", "team"];
const ROWS = 10;

/** An element with attributes and children; text is never read as HTML. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The JSON answer of a route; an Error with the problem's detail otherwise. */
async function ask(path, options = {}) {
  const token = sessionStorage.getItem("token");
  const headers = { ...(options.body && { "Content-Type": "application/json" }),
    ...(token && { Authorization: `Bearer ${token}` }) };
  const response = await fetch(path, { ...options, headers });
  const answer = await response.json();
  if (response.status === 401) $("access").hidden = false;
  if (!response.ok) throw new Error(answer.detail || answer.title);
  return answer;
}

const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
const day = (time) => (time ? time.slice(0, 10) : "no date");
const words = (name) => name.replaceAll("_", " ");
const plural = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;

function fail(place, error) {
  place.replaceChildren(make("p", { class: "error" }, error.message));
}

function showPickers(dimensions) {
  const rank = (name) => (PICKERS.indexOf(name) + PICKERS.length + 1) % (PICKERS.length + 1);
  const usable = dimensions.filter((d) => d.n_values > 1 && d.n_values <= 50
    && PICKERS.includes(d.dimension)).sort((a, b) => rank(a.dimension) - rank(b.dimension));
  $("pickers").replaceChildren(...usable.map(({ dimension, values }) =>
    make("label", {}, words(dimension),
      make("select", { "data-dimension": dimension }, make("option", { value: "" }, "all"),
        ...values.map((v) => make("option", { value: v.value },
          `${v.value} (${v.n_conversations})`))))));
}

function readScope() {
  const wish = new URLSearchParams({ limit: ROWS });
  for (const select of $("pickers").querySelectorAll("select"))
    if (select.value) wish.append("segment", `${select.dataset.dimension}:${select.value}`);
  for (const name of ["since", "until", "by", "sort"]) {
    const value = $("scope").elements[name].value;
    if (value) wish.set(name, value);
  }
  return wish;
}

/** What the address asks for, so that a view can be sent to somebody. */
function presetScope() {
  const wish = new URLSearchParams(location.search);
  for (const text of wish.getAll("segment")) {
    const [dimension, value] = [text.split(":", 1)[0], text.slice(text.indexOf(":") + 1)];
    for (const select of $("pickers").querySelectorAll("select"))
      if (select.dataset.dimension === dimension) select.value = value;
  }
  for (const name of ["since", "until", "by", "sort"])
    if (wish.has(name)) $("scope").elements[name].value = wish.get(name);
}

function drawWeeks(weekly) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const top = Math.max(1, ...weekly);
  const text = `conversations a week, the oldest first: ${weekly.join(", ")}`;
  const size = { class: "weeks", viewBox: `0 0 ${weekly.length * 8} 24`, role: "img" };
  for (const [name, value] of Object.entries({ ...size, "aria-label": text }))
    svg.setAttribute(name, value);
  weekly.forEach((n, week) => {
    const bar = document.createElementNS(space, "rect");
    const height = Math.max(1, (24 * n) / top);
    const box = { x: week * 8, y: 24 - height, width: 6, height };
    for (const [name, value] of Object.entries(box)) bar.setAttribute(name, value);
    svg.append(bar);
  });
  return svg;
}

function showQuote(quote) {
  const place = [day(quote.started_at), quote.segments?.industry, quote.segments?.persona,
    `${quote.conversation_id}, turn ${quote.turn}`];
  return make("blockquote", {}, `“${quote.quote}”`,
    make("footer", {}, place.filter(Boolean).join(" · ")));
}

function showQuotes([first, ...others]) {
  if (!first) return [];
  if (!others.length) return [showQuote(first)];
  const more = make("summary", {}, `${plural(others.length, "more quote")}`);
  return [showQuote(first), make("details", {}, more, ...others.map(showQuote))];
}

function describeLift(theme) {
  if (theme.lift === null) return "–";
  const sure = theme.q_value !== null && theme.q_value < 0.05;
  return `${theme.lift.toFixed(1)}×${sure ? "" : " (may be chance)"}`;
}

function describeOutcome(outcome) {
  if (!outcome) return "–";
  const points = (share) => Math.round(100 * share);
  return `${points(outcome.difference)} points (${points(outcome.difference_low)} to ` +
    `${points(outcome.difference_high)})`;
}

/** The type of a theme, with its history; of a family, each of the themes that are said. */
function showKin({ id, type, members }, by) {
  const history = (key, text) =>
    make("a", { href: `?by=${by}&theme=${encodeURIComponent(key)}` }, text);
  const said = members.filter((member) => member.n_conversations);
  if (said.length < 2) return [words(type), " · ", history(id, "history")];
  return said.flatMap((member, at) => [...(at ? [make("br")] : []), history(member.id, member.label),
    ` (${words(member.type)}, ${member.n_conversations})`]);
}

function showTheme(theme, by) {
  const range = `${percent(theme.share_low)} to ${percent(theme.share_high)}`;
  return make("tr", {},
    make("th", { scope: "row" }, theme.label,
      ...(by === "type" ? [] : [make("br"), make("small", {}, ...showKin(theme, by))])),
    make("td", {}, ...showQuotes(theme.quotes)),
    make("td", { class: "number" }, percent(theme.share), make("br"), make("small", {}, range)),
    make("td", { class: "number" }, `${theme.n_conversations} of ${theme.of_conversations}`,
      make("br"), make("small", {}, plural(theme.n_accounts, "account"))),
    make("td", { class: "number" }, describeLift(theme)),
    make("td", {}, drawWeeks(theme.weekly), make("small", {}, theme.trend.direction)),
    make("td", { class: "number" }, describeOutcome(theme.outcome)));
}

const COLUMNS = [["In their words"], ["Share", "95 % interval in small type"], ["Conversations"],
  ["Lift", "against the rest"], ["13 weeks"], ["Win rate", "with it less without: no cause"]];

const NUMBERS = new Set([2, 3, 4, 6]);

/** Why there is no row: nothing was said, it is in no theme yet, or its themes are hidden. */
function explainNothing({ by, n_mentions, n_in_themes }) {
  if (!n_mentions) return "Nobody said such a thing here.";
  const n = n_mentions - n_in_themes;
  if (by !== "type" && n)
    return `${plural(n, "mention")} ${n === 1 ? "is" : "are"} in no theme yet; count types instead.`;
  return `${plural(n_mentions, "mention")}, all in themes that are hidden.`;
}

function showThemes(place, answer) {
  if (!answer.items.length) {
    place.replaceChildren(make("p", { class: "soft" }, explainNothing(answer)));
    return;
  }
  const counts = `${plural(answer.n_conversations, "conversation")}, ` +
    `${plural(answer.n_accounts, "account")}.`;
  const caution = answer.enough_data ? "" : " Not enough data to rely on these shares.";
  const columns = [[answer.by === "type" ? "Type" : "Theme"], ...COLUMNS];
  const head = columns.map(([name, note], at) => make("th",
    { scope: "col", ...(NUMBERS.has(at) && { class: "number" }), ...(note && { title: note }) },
    name));
  place.replaceChildren(make("table", {}, make("caption", {}, counts + caution),
    make("thead", {}, make("tr", {}, ...head)),
    make("tbody", {}, ...answer.items.map((theme) => showTheme(theme, answer.by)))));
}

let latest = 0; // answers to wishes that were changed meanwhile are dropped

async function refreshThemes() {
  const turn = ++latest;
  const parts = [["objections", "objection"], ["pains", "pain_point"]];
  await Promise.all(parts.map(async ([id, kind]) => {
    const wish = readScope();
    wish.set("kind", kind);
    try {
      const answer = await ask(`/v1/themes?${wish}`);
      if (turn === latest) showThemes($(id), answer);
    } catch (error) {
      if (turn === latest) fail($(id), error);
    }
  }));
}

async function decide(suggestion, verb, body) {
  try {
    await ask(`/v1/suggestions/${suggestion.id}/${verb}`,
      { method: "POST", body: JSON.stringify(body) });
    await refreshSuggestions();
    $("status").textContent = `“${suggestion.value}” was ${verb}ed.`;
  } catch (error) {
    $("status").textContent = error.message;
  }
}

function showSuggestion(persona, suggestion) {
  const title = `${persona.name}: ${words(suggestion.field)}`;
  const accept = make("button", { class: "accept", "aria-label": `Accept ${suggestion.value}` },
    "Accept");
  const reject = make("button", { "aria-label": `Reject ${suggestion.value}` }, "Reject");
  const reason = make("input", { required: "", maxlength: 2000, placeholder: "Why not?",
    "aria-label": `Reason to reject ${suggestion.value}` });
  const form = make("form", { class: "row" }, accept, reason, reject);
  accept.type = "button";
  accept.onclick = () => decide(suggestion, "accept", { reason: reason.value.trim() || null });
  form.onsubmit = (event) => {
    event.preventDefault();
    if (reason.value.trim()) decide(suggestion, "reject", { reason: reason.value.trim() });
  };
  const old = suggestion.replaces ? [make("del", {}, suggestion.replaces), " → "] : ["add "];
  return make("article", {}, make("h3", {}, title),
    make("p", {}, ...old, make("ins", {}, suggestion.value), " ", make("span", { class: "soft" },
      `said in ${suggestion.n_conversations} of ${plural(suggestion.n_persona, "conversation")}, ` +
      plural(suggestion.n_accounts, "account"))),
    ...suggestion.quotes.map(showQuote), form);
}

async function refreshSuggestions() {
  try {
    const { items } = await ask("/v1/personas");
    const found = await Promise.all(items.filter((p) => p.n_pending).map(async (persona) => {
      const slug = encodeURIComponent(persona.slug);
      const answer = await ask(`/v1/personas/${slug}/suggestions?status=pending`);
      return answer.items.map((suggestion) => showSuggestion(persona, suggestion));
    }));
    const none = make("p", { class: "soft" }, "Nothing to decide.");
    $("suggestions").replaceChildren(...(found.flat().length ? found.flat() : [none]));
  } catch (error) {
    fail($("suggestions"), error);
  }
}

/** The wordings of a theme with how often each was said; only their number without the quotes. */
function showVariants(n_variants, variants) {
  const title = make("h3", {}, `Said in ${plural(n_variants, "wording")}`);
  if (!n_variants || !variants.length) return n_variants ? [title] : [];
  const rest = n_variants - variants.length;
  const head = [["Wording"], ["Mentions", "number"], ["Conversations", "number"]];
  const row = ({ wording, n_mentions, n_conversations }) => make("tr", {},
    make("td", {}, `“${wording}”`), make("td", { class: "number" }, `${n_mentions}`),
    make("td", { class: "number" }, `${n_conversations}`));
  return [title, make("table", { class: "wordings" },
    make("caption", {}, "Near-duplicates count as one; the commonest of them stands for all."),
    make("thead", {}, make("tr", {}, ...head.map(([name, kind]) =>
      make("th", { scope: "col", ...(kind && { class: kind }) }, name)))),
    make("tbody", {}, ...variants.map(row))),
    ...(rest > 0 ? [make("p", { class: "soft" }, `and ${plural(rest, "other")}`)] : [])];
}

function describeEntry({ night, event, by, reason }) {
  return `${night}: ${event} by ${by}${reason ? `, ${reason}` : ""}`;
}

/** The theme that the address names, and what happened to it; an old id leads to its heir. */
async function showHistory() {
  const id = new URLSearchParams(location.search).get("theme");
  $("history").hidden = !id;
  if (!id) return;
  try {
    const { theme, status, merged_from, lineage, n_variants, variants } =
      await ask(`/v1/themes/${encodeURIComponent(id)}`);
    const notes = [`${words(theme.type)}, ${status}, ` +
      `${theme.n_conversations} of ${plural(theme.of_conversations, "conversation")}`];
    if (theme.id !== id) notes.push(`${id} is a part of this theme now.`);
    if (merged_from.length) notes.push(`Took in ${merged_from.join(", ")}.`);
    $("history").replaceChildren(make("h2", {}, theme.label),
      ...notes.map((note) => make("p", { class: "soft" }, note)),
      make("ul", {}, ...lineage.map((entry) => make("li", {}, describeEntry(entry)))),
      ...showVariants(n_variants, variants), ...showQuotes(theme.quotes));
  } catch (error) {
    fail($("history"), error);
  }
}

async function showRun() {
  try {
    const { items } = await ask("/v1/runs?limit=1");
    $("run").textContent = items.length
      ? `Last run: ${items[0].status}, night of ${items[0].night}` : "No run yet.";
  } catch (error) {
    $("run").textContent = error.message;
  }
}

async function start() {
  const waiting = [showRun(), showHistory(), refreshSuggestions()];
  try {
    showPickers((await ask("/v1/segments")).items);
    presetScope();
  } catch (error) {
    $("status").textContent = error.message;
  }
  await Promise.all([...waiting, refreshThemes()]);
}

function changeScope() {
  const wish = readScope();
  wish.delete("limit");
  history.replaceState(null, "", `?${wish}`);
  refreshThemes();
}

$("scope").addEventListener("change", changeScope);
$("scope").addEventListener("reset", () => setTimeout(changeScope));
$("scope").addEventListener("submit", (event) => event.preventDefault());
$("access").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("token", $("token").value);
  $("access").hidden = true;
  start();
});
start();
