import { one } from "../lib/dom.js";
import { createLog } from "../lib/log.js";
import { connection } from "../lib/socket.js";
import { wordsIn } from "../lib/words.js";
import { createBadges } from "./badges.js";
import { mountComposer } from "./composer.js";
import { createRenderer } from "./message.js";
import { createOutgoing } from "./outgoing.js";
import { createPane } from "./pane.js";
import { createSender } from "./sending.js";
import { createStatus } from "./status.js";
import { createTyping, typingWords } from "./typing.js";
import { createReadMark } from "./unread.js";

/** A room, alive. The page reads and posts without this. @param {HTMLElement} section its markup: docs/client.md */
export function mount(section) {
  const { room = "", account = "", epoch = "", head = "0", read = "0" } = section.dataset;
  const words = wordsIn(section);
  const line = connection(account);
  const renderer = createRenderer(section, words);
  const pane = createPane(section, { renderer, words, epoch: () => String(log.epoch), onEnd: markRead });
  const badges = createBadges(document);
  const showStatus = createStatus(one(section, "[data-status]"), words);
  const readMark = createReadMark((seq) => log.isJoined && line.send("room:read", { room, seq }), Number(read));
  const isVisible = () => document.visibilityState === "visible";
  let isShut = false;

  function markRead() {
    readMark.read(log.have, isVisible() && pane.atEnd);
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
      onEvents(events) {
        const mine = events.filter((event) => event.author?.pseudonym === account);
        pane.add(events, () => mine.forEach((event) => outgoing.waiting.arrived(event.cid)));
        for (const event of events) if (event.author) typing.spoke(event.author.pseudonym);
        markRead();
        refresh();
      },
      onReset(page) {
        pane.restart(page);
        readMark.restart(0);
      },
      onRefused() {
        isShut = true;
        refresh();
      },
    },
    { epoch, seq: Number(head) },
  );

  const typing = createTyping({
    tell: () => log.isJoined && line.send("room:typing", { room }),
    show(names) { one(section, "[data-typing]").textContent = typingWords(names, words); },
  });
  const form = /** @type {HTMLFormElement | null} */ (section.querySelector("form[data-composer]")); // absent for who only listens
  const composer = form && mountComposer(form, {
    words,
    onTyping: () => typing.typed(),
    async send(draft) {
      await outgoing.put(draft);
      typing.sent();
      pane.toEnd();
    },
  });
  const csrfToken = document.querySelector("input[name=csrf_token]")?.getAttribute("value") ?? "";
  const outgoing = createOutgoing({
    room, account, renderer, pane,
    send: createSender({ connection: line, room, csrfToken, isJoined: () => log.isJoined }),
    onRefused: composer && ((item) => composer.giveBack(item, item.refusal?.message ?? "")),
    onChange: refresh,
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
    pane.look(isVisible(), log.have);
    if (isVisible()) markRead();
  });

  pane.adopt(isVisible());
  outgoing.adopt();
  follow();
}
