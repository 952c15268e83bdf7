import { createLog } from "../lib/log.js";
import { connection } from "../lib/socket.js";
import { wordsIn } from "../lib/words.js";
import { createBadges } from "./badges.js";
import { mountComposer } from "./composer.js";
import { createConversation } from "./conversation.js";
import { createDividers } from "./dividers.js";
import { mountHistory } from "./history.js";
import { createRenderer } from "./message.js";
import { createOutgoing } from "./outgoing.js";
import { createScroll } from "./scroll.js";
import { createSender } from "./sending.js";
import { createStatus } from "./status.js";
import { createTyping, typingWords } from "./typing.js";
import { createReadMark } from "./unread.js";

const MANY = 5; // messages at once that are counted, not read out

/** A room, alive. The page reads and posts without this. @param {HTMLElement} section see docs/client.md for its markup */
export function mount(section) {
  const { room = "", account = "", epoch = "", head = "0", read = "0", oldest = "0" } = section.dataset;
  const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (section.querySelector(`[data-${name}]`));
  const words = wordsIn(section);
  const line = connection(account);
  const renderer = createRenderer(section, words);
  const dividers = createDividers(account, words.show("new"));
  const conversation = createConversation(part("log"), renderer, dividers);
  const badges = createBadges(document);
  const showStatus = createStatus(part("status"), words);
  const readMark = createReadMark((seq) => log.isJoined && line.send("room:read", { room, seq }), Number(read));
  const scroll = createScroll(part("scroll"), part("jump"), { label: (n) => words.say("arrived", { n }), onEnd: markRead });
  const isVisible = () => document.visibilityState === "visible";
  let isShut = false;

  function markRead() {
    readMark.read(log.have, isVisible() && scroll.atEnd);
  }

  function refresh() {
    showStatus(isShut ? "shut" : line.state, outgoing.waiting);
    section.dataset.connection = line.state;
  }

  /** @param {string} event @param {object} payload @returns {Promise<any>} */
  async function ask(event, payload) {
    const ack = await line.request(event, { room, ...payload });
    if (ack.ok) return ack;
    if (ack.error.code === "sign_in") line.signOut();
    throw ack.error;
  }

  const log = createLog(
    {
      join: (after) => ask("room:join", after === undefined ? {} : { after }),
      sync: (after) => ask("room:sync", { after }),
      onEvents,
      onReset(page) {
        scroll.keep(conversation.clear);
        history.restart(page.events[0]?.seq ?? page.head + 1, page.more);
        readMark.restart(0);
      },
      onRefused() {
        isShut = true;
        refresh();
      },
    },
    { epoch, seq: Number(head) },
  );

  /** @param {import("../lib/log.js").RoomEvent[]} events */
  function onEvents(events) {
    const isMine = (/** @type {any} */ event) => event.author?.pseudonym === account;
    const add = () => {
      for (const event of events) if (isMine(event)) outgoing.waiting.arrived(event.cid);
      conversation.add(events);
    };
    const news = events.filter((event) => event.kind === "message" && !isMine(event));
    scroll.keep(news.length > MANY ? () => conversation.quietly(add) : add);
    scroll.news(news.length);
    if (news.length > MANY) part("announce").textContent = words.say("arrived", { n: news.length });
    for (const event of news) typing.spoke(event.author.pseudonym);
    const first = scroll.atEnd && conversation.letGo();
    if (first) history.restart(first, true);
    markRead();
    refresh();
  }

  const history = mountHistory(part("older"), {
    room, words, scroller: part("scroll"), oldest: Number(oldest),
    epoch: () => String(log.epoch),
    prepend: (events) => scroll.keep(() => conversation.prepend(events)),
  });

  const form = /** @type {HTMLFormElement} */ (part("composer"));
  const csrfToken = /** @type {HTMLInputElement} */ (form.elements.namedItem("csrf_token")).value;
  const outgoing = createOutgoing({
    room, account, renderer, list: part("log"),
    send: createSender({ connection: line, room, csrfToken, isJoined: () => log.isJoined }),
    onRefused: (item) => composer.giveBack(item.body, item.refusal?.message ?? ""),
    onChange: refresh,
  });
  const composer = mountComposer(form, {
    words,
    onTyping: () => typing.typed(),
    async send(draft) {
      await outgoing.put(draft);
      typing.sent();
      scroll.toEnd();
    },
  });
  const typing = createTyping({
    tell: () => log.isJoined && line.send("room:typing", { room }),
    show: (names) => { part("typing").textContent = typingWords(names, words); },
  });

  async function follow() {
    refresh();
    if (line.state === "signed-out") outgoing.stop();
    if (line.state !== "online") return log.disconnected();
    isShut = false;
    await log.connected();
    if (!log.isJoined) return;
    outgoing.nudge();
    markRead();
  }

  line.watch(follow);
  line.on("room:event", (event) => event.room === room && log.push(event));
  line.on("room:heads", (heads) => {
    if (heads[room]) log.heads(heads[room][0], heads[room][1]);
    badges.heads(heads, room);
  });
  line.on("room:typing", (sign) => sign.room === room && sign.pseudonym !== account && typing.heard(sign.pseudonym));
  document.addEventListener("visibilitychange", () => {
    if (!isVisible()) return conversation.lookAway(log.have);
    conversation.lookBack(log.have);
    markRead();
  });

  conversation.adopt(Number(read), isVisible() ? Number(head) : Infinity);
  for (const message of part("log").querySelectorAll("[data-cid]")) {
    outgoing.waiting.arrived(/** @type {HTMLElement} */ (message).dataset.cid);
  }
  outgoing.resume();
  follow();
}
