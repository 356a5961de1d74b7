// The page: three columns kept fresh by server-sent events.

import { get, post, Refusal } from "./api.js";
import { Desk } from "./desk.js";
import { Phones } from "./phones.js";
import { Wire } from "./wire.js";

const REFRESH_MS = 40;
const DESK_MS = 1500;

class Page {
  constructor(state, channels) {
    this.world = state.world;
    this.titles = Object.fromEntries(Object.entries(channels).map(([name, channel]) => [name, channel.title]));
    this.kinds = Object.fromEntries(Object.entries(channels).map(([name, channel]) => [name, channel.kinds]));
    this.channels = Object.keys(channels);
    this.labNames = state.channels;
    document.getElementById("subject").textContent = state.subject ? `with ${state.subject}` : "without a bridge";
    this.phones = new Phones(this);
    this.wire = new Wire(this);
    this.desk = state.subject ? new Desk(this) : { refresh: async () => {} };
    document.body.classList.toggle("no-desk", !state.subject);
    document.getElementById("dismiss").addEventListener("click", () => this.notice(""));
    for (const button of document.querySelectorAll("[data-advance]"))
      button.addEventListener("click", () => this.attempt(() => this.advance(button.dataset.advance)));
  }

  async start() {
    await Promise.all([this.phones.load(), this.wire.refresh(), this.desk.refresh()]);
    this.listen();
    setInterval(() => this.desk.refresh().catch(() => {}), DESK_MS);
    setInterval(() => this.tick(), 1000);
    window.addEventListener("resize", () => this.wire.draw());
  }

  /** Follow one message through every hop. */
  follow(id, title) {
    return this.attempt(() => this.wire.follow(id, title));
  }

  /** Do something that may be refused; the refusal is shown. True when it worked. */
  async attempt(work) {
    try {
      await work();
      this.notice("");
      this.soon();
      return true;
    } catch (error) {
      this.notice(error instanceof Refusal ? error.message : `The lab does not answer: ${error.message}`);
      return false;
    }
  }

  notice(sentence) {
    document.getElementById("notice-text").textContent = sentence;
    document.getElementById("notice").hidden = !sentence;
  }

  /** What people call a channel that the gateway calls `SINCH_CHAT`. */
  titleOf(gatewayName) {
    return this.titles[this.labNames[gatewayName]] ?? gatewayName;
  }

  async advance(by) {
    await post("/desk/v1/clock:advance", { by });
    await this.clock();
  }

  async clock() {
    this.show((await get(`/lab/v1/worlds/${this.world}/clock`)).now);
  }

  show(now) {
    this.offset = Date.parse(now) - Date.now();
    this.tick();
  }

  tick() {
    const now = new Date(Date.now() + (this.offset ?? 0)).toISOString();
    document.getElementById("clock-now").textContent = `${now.slice(0, 10)} ${now.slice(11, 19)}`;
  }

  listen() {
    const live = document.getElementById("live");
    const events = new EventSource(`/lab/v1/worlds/${this.world}/events`);
    events.addEventListener("open", () => live.classList.add("on"));
    events.addEventListener("error", () => live.classList.remove("on"));
    events.addEventListener("clock", (event) => this.show(JSON.parse(event.data).now));
    events.addEventListener("screen", () => this.soon());
    events.addEventListener("trace", (event) => {
      this.wire.add(JSON.parse(event.data));
      this.soon();
    });
  }

  /** Refresh everything shortly, once for many events. */
  soon() {
    this.timer ??= setTimeout(async () => {
      this.timer = undefined;
      this.wire.about ? this.wire.refresh().catch(() => {}) : this.wire.draw();
      await Promise.allSettled([this.phones.refresh(), this.desk.refresh()]);
    }, REFRESH_MS);
  }
}

const [state, { channels }] = await Promise.all([get("/desk/v1"), get("/lab/v1/channels")]);
await new Page(state, channels).start();
document.body.dataset.ready = "yes";
