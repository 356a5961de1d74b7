// The phones: one handset a channel for the chosen customer.

import { clockTime, fill, h, place } from "./dom.js";
import { get, post } from "./api.js";

// What a person can attach, by the kind's name in the channels' tables.
const ATTACHMENTS = {
  image: ["Image", { action: "send_image" }],
  video: ["Video", { action: "send_video" }],
  audio: ["Audio", { action: "send_audio" }],
  voice: ["Voice note", { action: "send_voice_note" }],
  document: ["Document", { action: "send_document" }],
  sticker: ["Sticker", { action: "send_sticker" }],
  location: ["Location", { action: "send_location", latitude: 60.1699, longitude: 24.9384, name: "Helsinki" }],
  contact: ["Contact", { action: "send_contact", name: "Ada Lovelace", phone: "+15550100100" }],
};

export class Phones {
  constructor(page) {
    this.page = page;
    this.screens = new Map();
    this.customers = [];
    this.chosen = null;
    this.only = new Set();
    document.getElementById("customer").addEventListener("change", (event) => this.choose(event.target.value));
    document.getElementById("new-customer").addEventListener("click", () => page.attempt(() => this.add()));
  }

  get base() {
    return `/lab/v1/worlds/${this.page.world}`;
  }

  async load() {
    this.customers = (await get(`${this.base}/customers`)).customers;
    const select = document.getElementById("customer");
    select.replaceChildren(
      ...this.customers.map((one) => h("option", { value: one.customer }, one.name ?? "(no display name)")),
    );
    this.choose(this.chosen ?? this.customers[0]?.customer);
  }

  async add() {
    const made = await post(`${this.base}/customers`, {});
    this.chosen = made.customer;
    await this.load();
  }

  choose(customer) {
    this.chosen = customer;
    document.getElementById("customer").value = customer;
    const one = this.customers.find((known) => known.customer === customer);
    this.screens.clear();
    const handsets = Object.entries(one?.phones ?? {}).map(([channel, { identity }]) => this.handset(channel, identity));
    document.getElementById("handsets").replaceChildren(...handsets);
    const chips = [...this.screens.keys()].map((channel) =>
      h("button", { type: "button", class: "chip", data: { channel }, onclick: () => this.toggle(channel) }, this.page.titles[channel] ?? channel),
    );
    const all = h("button", { type: "button", class: "chip", data: { channel: "" }, onclick: () => this.showAll() }, "All");
    document.getElementById("channels").replaceChildren(...(chips.length > 1 ? [all, ...chips] : []));
    this.filter();
    this.refresh();
  }

  /** The first channel that is chosen hides all others; when the last one is let go, all are shown again. */
  toggle(channel) {
    if (!this.only.delete(channel)) this.only.add(channel);
    this.filter();
  }

  showAll() {
    this.only.clear();
    this.filter();
  }

  filter() {
    const all = ![...this.only].some((channel) => this.screens.has(channel));
    for (const chip of document.querySelectorAll("#channels .chip"))
      chip.setAttribute("aria-pressed", String(chip.dataset.channel ? this.only.has(chip.dataset.channel) : all));
    for (const phone of document.querySelectorAll("#handsets .phone")) phone.hidden = !all && !this.only.has(phone.dataset.channel);
  }

  handset(channel, identity) {
    const path = `${this.base}/phones/${channel}/${encodeURIComponent(identity)}`;
    const screen = h("div", { class: "screen", role: "log", "aria-label": `${channel} screen`, tabindex: "0" });
    const input = h("input", { type: "text", placeholder: "Message", "aria-label": `Message on ${channel}` });
    const state = h("span", { class: "quiet" });
    const act = (body) => this.page.attempt(() => post(`${path}/actions`, body));
    const send = async (event) => {
      event.preventDefault();
      const text = input.value;
      if (!text) return;
      input.value = "";
      if (!(await act({ action: "send_text", text }))) input.value ||= text;
    };
    const toggles = h("span", { class: "tools" });
    this.screens.set(channel, { path, screen, state, toggles, act, version: -1 });
    const hue = (360 / this.page.channels.length) * this.page.channels.indexOf(channel);
    const article = h(
      "article",
      { class: "phone", data: { channel } },
      h("div", { class: "bar" }, h("h3", {}, this.page.titles[channel] ?? channel), state),
      screen,
      h("form", { onsubmit: send }, input, h("button", { type: "submit" }, "Send")),
      ...attachments(this.page.kinds[channel] ?? [], act),
      toggles,
    );
    article.style.setProperty("--hue", String(Math.round(hue)));
    return article;
  }

  async refresh() {
    await Promise.all([...this.screens.values()].map((phone) => this.draw(phone)));
  }

  async draw(phone) {
    const shown = await get(`${phone.path}/screen`);
    if (shown.version === phone.version) return;
    phone.version = shown.version;
    phone.state.textContent = `${shown.identity}${shown.online ? "" : " · offline"}${shown.blocked ? " · blocked" : ""}`;
    const toggle = (on, title) => h("button", { type: "button", onclick: () => phone.act({ action: on }) }, title);
    phone.toggles.replaceChildren(
      toggle("read", "Read all"),
      shown.online ? toggle("go_offline", "Go offline") : toggle("come_back", "Come back"),
      shown.blocked ? toggle("unblock", "Unblock") : toggle("block", "Block"),
    );
    fill(phone.screen, ...shown.items.map((item) => this.bubble(phone, item)));
  }

  bubble(phone, item) {
    const select = () => this.page.follow(item.id, item.text || item.kind);
    return h(
      "div",
      { class: `bubble ${item.author}`, data: { item: item.id } },
      media(phone, item),
      item.location && place(item.location),
      item.text && item.text !== item.location?.name && h("div", { class: "text", dir: "auto" }, item.text),
      !item.text && !item.media && !item.location && h("div", { class: "quiet" }, item.kind),
      item.problem && h("div", { class: "problem" }, item.problem),
      item.buttons.map((button) =>
        h(
          "button",
          { type: "button", class: "choice", onclick: () => phone.act({ action: "tap", item: item.id, button: button.id }) },
          button.title,
        ),
      ),
      h("button", { type: "button", class: "when", title: "Follow this message on the wire", onclick: select },
        `${clockTime(item.at)} ${item.author === "business" ? item.state : ""}`),
    );
  }
}

/** A button for each kind that the channel's table says a person can send, and why the others are missing. */
function attachments(rows, act) {
  const known = rows.filter((row) => row.direction === "MO" && row.kind in ATTACHMENTS);
  const offered = known.filter((row) => row.support !== "rejected").map((row) => {
    const [title, body] = ATTACHMENTS[row.kind];
    const becomes = row.becomes ? `Arrives as something else: ${row.becomes}` : null;
    return h("button", { type: "button", title: becomes, onclick: () => act(body) }, title + (becomes ? " ~" : ""));
  });
  const missing = known.filter((row) => row.support === "rejected");
  const reasons = new Map();
  for (const row of missing) reasons.set(row.becomes, [...(reasons.get(row.becomes) ?? []), ATTACHMENTS[row.kind][0].toLowerCase()]);
  const why = missing.length > 0 && h(
    "details",
    { class: "quiet lacks" },
    h("summary", {}, `cannot send ${[...reasons.values()].flat().join(", ")}`),
    [...reasons].map(([reason, titles]) => h("p", {}, `${titles.join(", ")}: ${reason}`)),
  );
  return [offered.length > 0 && h("div", { class: "tools attachments" }, offered), why];
}

function media(phone, item) {
  if (!item.media) return null;
  const source = `${phone.path}/media/${encodeURIComponent(item.media.id)}`;
  const { mime, name } = item.media;
  if (mime.startsWith("image/")) return h("img", { src: source, alt: name, onload: (event) => event.target.closest(".screen")?.scrollTo(0, 1e6) });
  if (mime.startsWith("audio/")) return h("audio", { src: source, controls: true, preload: "none", "aria-label": name });
  if (mime.startsWith("video/")) return h("video", { src: source, controls: true, preload: "none", "aria-label": name });
  return h("a", { href: source, download: name }, name);
}
