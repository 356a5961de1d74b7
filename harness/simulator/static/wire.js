// The wire: hops as a sequence picture, and below it each hop with headers and bodies.

import { clockTime, fill, h, svg } from "./dom.js";
import { get } from "./api.js";

const KEPT = 300;
const LANE = 68;
const BEFORE = ["phone"];
const AFTER = ["media", "sinch", "subject", "desk"];
const NAMES = { subject: "bridge", sinch: "Conversation API" };

export class Wire {
  constructor(page) {
    this.page = page;
    this.hops = [];
    this.about = null;
    this.open = new Set();
    document.getElementById("wire-all").addEventListener("click", () => page.attempt(() => this.follow(null)));
  }

  get path() {
    return `/lab/v1/worlds/${this.page.world}/trace`;
  }

  async follow(id, title = "") {
    this.about = id;
    document.getElementById("wire-about").textContent = id ? `following “${title.slice(0, 40)}”` : "everything; select a message to follow it";
    document.getElementById("wire-all").hidden = !id;
    await this.refresh();
  }

  async refresh() {
    const query = this.about ? `?message=${encodeURIComponent(this.about)}` : "";
    this.hops = (await get(this.path + query)).events.slice(-KEPT);
    this.draw();
  }

  add(hop) {
    if (this.about) return;
    this.hops.push(hop);
    this.hops = this.hops.slice(-KEPT);
  }

  draw() {
    const shown = this.hops.filter((hop) => hop.kind !== "clock" || !this.about);
    fill(document.getElementById("sequence"), picture(shown.slice(this.about ? 0 : -14), Object.keys(this.page.titles)));
    fill(document.getElementById("hops"), ...shown.map((hop) => this.line(hop)));
  }

  line(hop) {
    const failed = hop.kind === "fault" || (hop.kind === "http" && (hop.status === null || hop.status >= 400));
    const details = h(
      "details",
      { open: this.open.has(hop.seq), class: failed ? "failed" : "" },
      h(
        "summary",
        {},
        h("time", {}, clockTime(hop.at)),
        h("b", {}, `${named(hop.source)} → ${named(hop.target)}`),
        h("span", { class: "name" }, hop.name),
        hop.kind === "http" && h("span", { class: "status" }, hop.status ?? "no answer"),
      ),
      hop.method && h("code", { class: "url" }, `${hop.method} ${hop.url}`),
      hop.note && h("p", { dir: "auto" }, hop.note),
      message("request", hop.request),
      message("response", hop.response),
    );
    details.addEventListener("toggle", () => (details.open ? this.open.add(hop.seq) : this.open.delete(hop.seq)));
    return h("li", {}, details);
  }
}

function named(participant) {
  return NAMES[participant] ?? participant;
}

function message(title, part) {
  if (!part) return null;
  const headers = Object.entries(part.headers).map(([name, value]) => `${name}: ${value}`).join("\n");
  return h(
    "div",
    {},
    h("h4", {}, `${title}, ${part.bytes} bytes`),
    h("pre", { class: "headers" }, headers),
    part.body && h("pre", {}, part.encoding === "text" ? pretty(part.body) : `(binary) ${part.body.slice(0, 200)}…`),
  );
}

function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function picture(hops, channels) {
  const used = [...BEFORE, ...channels, ...AFTER].filter((lane) => hops.some((hop) => hop.source === lane || hop.target === lane));
  if (!hops.length || !used.length) return h("p", { class: "quiet" }, "Nothing has happened yet: send something from a phone.");
  const room = document.getElementById("sequence").clientWidth - 16;
  const gap = Math.max(LANE, Math.floor(room / used.length));
  const width = used.length * gap;
  const height = 46 + hops.length * 26;
  const x = (lane) => gap / 2 + used.indexOf(lane) * gap;
  const lanes = used.flatMap((lane) => [
    svg("text", { class: "lane" }, ...named(lane).split(" ").map((word, line) => svg("tspan", { x: x(lane), y: 11 + line * 12 }, word))),
    svg("line", { x1: x(lane), y1: 28, x2: x(lane), y2: height, class: "lifeline" }),
  ]);
  const arrows = hops.filter((hop) => used.includes(hop.source) && used.includes(hop.target)).flatMap((hop, index) => {
    const [from, to, y] = [x(hop.source), x(hop.target), 50 + index * 26];
    const failed = hop.kind === "fault" || (hop.kind === "http" && (hop.status === null || hop.status >= 400));
    const tip = to > from ? -7 : 7;
    const style = failed ? "arrow failed" : "arrow";
    return [
      svg("line", { x1: from, y1: y, x2: to, y2: y, class: style }),
      svg("path", { d: `M${to} ${y}l${tip} -4v8z`, class: style }),
      svg("text", { x: (from + to) / 2, y: y - 4, class: "label" }, hop.name.slice(0, 26)),
    ];
  });
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img" }, ...lanes, ...arrows);
  drawing.setAttribute("aria-label", `sequence of ${hops.length} hops between ${used.map(named).join(", ")}`);
  return drawing;
}
