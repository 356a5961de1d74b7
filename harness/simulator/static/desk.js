// The agent desk: chats on top, one transcript below, and what an agent can send.

import { h, place } from "./dom.js";
import { base64, get, post } from "./api.js";

const FIND_FROM = 8;
const SHOWN = 100;
const ORDER = ["in_queue", "in_process"];

// Templates that a new account has, by the gateway's name of the channel.
const TEMPLATES = {
  WHATSAPP: { name: "order_update", language: "en", parameters: { "body[1]text": "1042", "body[2]text": "on its way" } },
};

export class Desk {
  constructor(page) {
    this.page = page;
    this.transcripts = new Map();
    this.inView = null;
    this.find = document.getElementById("find-chat");
    this.find.addEventListener("input", () => this.draw());
    this.chats = [];
    this.chosen = null;
    this.drawn = "";
    this.drafts = new Map();
    this.known = new Set();
  }

  /** Fetch and draw; while one fetch is under way, further calls share the next one, so answers never overtake. */
  refresh() {
    if (!this.running) this.running = this.fetch().finally(() => { this.running = null; });
    else this.next ??= this.running.catch(() => {}).then(() => { this.next = null; return this.refresh(); });
    return this.next ?? this.running;
  }

  async fetch() {
    this.chats = (await get("/desk/v1/chats")).chats;
    const fresh = this.chats.find((chat) => !this.known.has(chat.id));
    for (const chat of this.chats) this.known.add(chat.id);
    const busy = this.drafts.get(this.chosen);
    if (fresh && !busy) this.chosen = fresh.id;
    if (!this.chats.some((chat) => chat.id === this.chosen)) this.chosen = this.chats.at(-1)?.id ?? null;
    const chosen = this.chosen;
    const entries = chosen === null ? [] : (await get(`/desk/v1/chats/${encodeURIComponent(chosen)}/transcript`)).entries;
    if (chosen !== this.chosen) return this.fetch();
    const state = JSON.stringify([this.chats, chosen, entries]);
    if (state === this.drawn) return;
    this.drawn = state;
    this.transcripts.set(chosen, entries);
    this.draw();
  }

  choose(id) {
    this.chosen = id;
    this.draw();
    return this.page.attempt(() => this.refresh());
  }

  /** The chats to list: who waits first, then who is talked to; the newest of each first. */
  listed() {
    const wanted = this.find.value.trim().toLowerCase();
    const rank = (chat) => (ORDER.indexOf(chat.state) + ORDER.length + 1) % (ORDER.length + 1);
    return [...this.chats]
      .reverse()
      .filter((chat) => `${chat.customer_name} ${chat.identity} ${this.page.titleOf(chat.channel)} ${chat.state.replace("_", " ")}`.toLowerCase().includes(wanted))
      .sort((one, other) => rank(one) - rank(other));
  }

  draw() {
    this.find.hidden = this.chats.length < FIND_FROM && !this.find.value;
    const listed = this.listed();
    const tabs = listed.slice(0, SHOWN).map((chat) =>
      h(
        "button",
        { type: "button", class: `chat-tab ${chat.state}`, "aria-pressed": String(chat.id === this.chosen), onclick: () => this.choose(chat.id) },
        h("b", { dir: "auto" }, chat.customer_name),
        h("span", { class: "quiet" }, `${this.page.titleOf(chat.channel)} · ${chat.state.replace("_", " ")}`),
      ),
    );
    if (listed.length > SHOWN) tabs.push(h("p", { class: "quiet" }, `${listed.length - SHOWN} more: write above what to look for.`));
    const none = h("p", { class: "quiet" }, this.chats.length ? "No chat is like that." : "No chats yet: send something from a phone.");
    const list = document.getElementById("chats");
    list.replaceChildren(...(tabs.length ? tabs : [none]));
    this.bringIntoView(list);
    const chat = this.chats.find((one) => one.id === this.chosen);
    const place = document.getElementById("chat");
    if (!chat) return place.replaceChildren();
    const log = h("div", { class: "transcript", role: "log", "aria-label": "Transcript", tabindex: "0" }, (this.transcripts.get(chat.id) ?? []).map((entry) => this.entry(entry)));
    const typing = keepPlace(place);
    place.replaceChildren(this.head(chat), log, ...(chat.state === "in_process" ? [this.composer(chat)] : []));
    typing(place);
    log.scrollTop = log.scrollHeight;
  }

  /** Scroll the list, and nothing but the list, to the chosen chat when it was just chosen or moved. */
  bringIntoView(list) {
    const tab = list.querySelector("[aria-pressed=true]");
    const seen = tab && `${this.chosen} ${[...list.children].indexOf(tab)}`;
    if (!tab || this.inView === seen) return;
    this.inView = seen;
    const above = tab.getBoundingClientRect().top - list.getBoundingClientRect().top;
    if (above < 0 || above + tab.offsetHeight > list.clientHeight) list.scrollTop += above;
  }

  head(chat) {
    const act = (verb) => this.page.attempt(async () => { await post(`/desk/v1/chats/${chat.id}:${verb}`); await this.refresh(); });
    const data = Object.entries(chat.attached_data);
    return h(
      "div",
      { class: "chat-head" },
      h("p", {}, h("b", { dir: "auto" }, chat.customer_name), chat.identity !== chat.customer_name && ` ${chat.identity}`, h("span", { class: "quiet" }, ` ${this.page.titleOf(chat.channel)}`), window_(chat.window)),
      data.length > 0 && h("table", {}, h("caption", {}, "Attached data"), h("tbody", {}, data.map(([key, value]) => h("tr", {}, h("th", { scope: "row" }, key), h("td", {}, value))))),
      h(
        "div",
        { class: "tools" },
        chat.state === "in_queue" && h("button", { type: "button", class: "primary", onclick: () => act("accept") }, "Accept chat"),
        chat.state === "in_process" && h("button", { type: "button", onclick: () => act("end") }, "End chat"),
      ),
    );
  }

  entry(entry) {
    const file = entry.attachment;
    return h(
      "div",
      { class: `bubble ${{ in: "customer", out: "business", system: "system" }[entry.direction]}` },
      file && attachment(file),
      entry.location && place(entry.location),
      entry.text && entry.text !== entry.location?.title && h("div", { class: "text", dir: "auto" }, entry.text),
      !entry.text && !file && !entry.location && h("div", { class: "quiet" }, entry.kind.replace("_", " ")),
      entry.delivery?.description && h("div", { class: "problem" }, `${entry.delivery.code ?? ""} ${entry.delivery.description}`),
      entry.message_id
        ? h("button", { type: "button", class: "when", title: "Follow this message on the wire", onclick: () => this.page.follow(entry.message_id, entry.text || entry.kind) }, entry.delivery?.state ?? "follow")
        : h("span", { class: "when" }, entry.delivery?.state ?? ""),
    );
  }

  composer(chat) {
    const draft = this.drafts.get(chat.id) ?? "";
    const input = h("input", { type: "text", placeholder: "Answer", "aria-label": "Answer", value: draft });
    input.addEventListener("input", () => this.drafts.set(chat.id, input.value));
    const send = (body) => this.page.attempt(async () => {
      await post(`/desk/v1/chats/${chat.id}/messages`, body);
      await this.refresh();
    });
    const submit = async (event) => {
      event.preventDefault();
      const text = input.value;
      if (!text) return;
      input.value = "";
      this.drafts.delete(chat.id);
      if (await send({ text }) || this.drafts.get(chat.id)) return;
      this.drafts.set(chat.id, text);
      input.value = text;
    };
    const file = h("input", { type: "file", "aria-label": "File to send", class: "hidden" });
    file.addEventListener("change", async () => {
      const [chosen] = file.files;
      if (chosen) await send({ file: { name: chosen.name, mime: chosen.type || "application/octet-stream", data_base64: await base64(chosen) }, caption: input.value });
      file.value = "";
    });
    return h(
      "form",
      { onsubmit: submit, class: "composer" },
      input,
      h("button", { type: "submit" }, "Send"),
      h("div", { class: "tools" },
        file,
        h("button", { type: "button", onclick: () => file.click() }, "File…"),
        h("button", { type: "button", onclick: () => send({ quick_replies: { text: input.value || "How can we help?", choices: ["Order", "Invoice", "Agent"] } }) }, "Quick replies"),
        h("button", { type: "button", onclick: () => send({ location: { latitude: 59.3293, longitude: 18.0686, title: "Our shop" } }) }, "Location"),
        TEMPLATES[chat.channel] && h("button", { type: "button", onclick: () => send({ template: TEMPLATES[chat.channel] }) }, "Template"),
      ),
    );
  }
}

/** Remember where in the composer somebody types; returns what puts the cursor there again. */
function keepPlace(place) {
  const field = document.activeElement;
  if (!place.contains(field) || !field.matches(".composer input[type=text]")) return () => {};
  const range = [field.selectionStart, field.selectionEnd];
  return (redrawn) => {
    const again = redrawn.querySelector(".composer input[type=text]");
    again?.focus();
    again?.setSelectionRange(...range);
  };
}

function attachment(file) {
  const source = `/desk/v1/files/${encodeURIComponent(file.id)}`;
  if (file.state !== "stored") return h("div", {}, `${file.name}: ${file.state}${file.problem ? `, ${file.problem}` : ""}`);
  const link = h("a", { href: source, download: file.name }, `${file.name} (${file.size_bytes} bytes)`);
  if (/^image\/(png|jpeg|webp|gif)$/.test(file.mime)) return h("div", {}, h("img", { src: source, alt: file.name }), link);
  if (file.mime.startsWith("audio/")) return h("div", {}, h("audio", { src: source, controls: true, preload: "none", "aria-label": file.name }), link);
  return h("div", {}, link);
}

function window_(state) {
  if (!state || state.state === "none") return null;
  const until = state.expires_at ? ` until ${state.expires_at.slice(0, 16).replace("T", " ")}` : "";
  return h("span", { class: `window ${state.state}` }, `window ${state.state.replace("_", " ")}${state.state === "open" ? until : ""}`);
}
