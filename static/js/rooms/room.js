import { createApi } from "../lib/api.js";
import { one } from "../lib/dom.js";
import { connection } from "../lib/socket.js";
import { wordsIn } from "../lib/words.js";
import { createBadges } from "./badges.js";
import { mountComposer } from "./composer.js";
import { createDraft } from "./draft.js";
import { createFollowing } from "./following.js";
import { blockedSockets } from "./memory.js";
import { createRenderer } from "./message.js";
import { createOutgoing } from "./outgoing.js";
import { createPane } from "./pane.js";
import { csrfToken } from "./posting.js";
import { createPresence } from "./presence.js";
import { createSender } from "./sending.js";
import { createStatus } from "./status.js";
import { createTyping, typingWords } from "./typing.js";
import { createReadMark } from "./unread.js";

const isVisible = () => document.visibilityState === "visible";

/** A room, alive. The page reads and posts without this. @param {HTMLElement} section its markup: docs/client.md */
export function mount(section) {
  const { room = "", account = "", epoch = "", head = "0", read = "0" } = section.dataset;
  const words = wordsIn(section);
  const line = connection(account);
  const api = createApi({ account, csrfToken: csrfToken() });
  const renderer = createRenderer(section, words);
  const pane = createPane(section, { renderer, words, epoch: () => String(log.epoch), onEnd: markRead });
  const badges = createBadges(document);
  const presence = createPresence(one(section, "[data-here]"), account, words);
  const showStatus = createStatus(one(section, "[data-status]"), words);
  const readMark = createReadMark((seq) => following.isJoined && tellRead(seq), Number(read));
  const typing = createTyping({
    tell: () => following.isJoined && line.send("room:typing", { room }),
    show(names) { one(section, "[data-typing]").textContent = typingWords(names, words); },
  });

  /** @param {number} seq */
  const tellRead = (seq) => line.request("room:read", { room, seq }).then((ack) => ack.ok, () => false);

  function markRead() {
    readMark.read(log.have, isVisible() && pane.atEnd);
  }

  function refresh() {
    const { isShut, isPolling } = following;
    const state = line.state === "refused" ? "reconnecting" : line.state; // by asking, when that is not answered either
    showStatus(isShut ? "shut" : isPolling ? "polling" : state, outgoing.waiting);
    section.dataset.connection = isPolling ? "polling" : line.state;
  }

  /** @type {import("../lib/log.js").LogWiring["onEvents"]} */
  function onEvents(events) {
    const mine = events.filter((event) => event.author?.pseudonym === account);
    pane.add(events, () => mine.forEach((event) => outgoing.waiting.arrived(event.cid)));
    for (const event of events) if (event.author) typing.spoke(event.author.pseudonym);
    markRead();
    refresh();
  }

  /** @type {import("../lib/log.js").LogWiring["onReset"]} */
  function onReset(page) {
    pane.restart(page);
    readMark.restart(0);
  }

  let wasListening = false;

  function onChange() {
    refresh();
    const isListening = following.isJoined || following.isPolling;
    if (isListening && !wasListening) {
      outgoing.nudge();
      markRead();
    }
    wasListening = isListening;
  }

  const following = createFollowing({
    room, line, api, isVisible, onChange,
    from: { epoch, seq: Number(head) },
    reader: { onEvents, onReset },
    memory: blockedSockets(),
    onJoined: (page) => presence.show(page.here),
  });
  const { log } = following;
  const form = /** @type {HTMLFormElement | null} */ (section.querySelector("form[data-composer]")); // absent for who only listens
  const composer = form && mountComposer(form, {
    words,
    draft: createDraft(account, room),
    onTyping: () => typing.typed(),
    async send(draft) {
      await outgoing.put(draft);
      typing.sent();
      pane.toEnd();
    },
  });
  const outgoing = createOutgoing({
    room, account, renderer, pane, words,
    send: createSender({ connection: line, api, room, following }),
    have: () => log.have,
    onRefused: composer && ((item) => composer.giveBack(item, item.refusal?.message ?? "")),
    onChange(change) {
      refresh();
      if (change.kind === "sent") following.hurry();
    },
  });

  line.watch((state) => {
    if (state !== "online") presence.show(undefined);
    if (state === "signed-out") outgoing.stop();
    refresh();
  });
  line.on("room:heads", (heads) => badges.heads(heads, room));
  line.on("room:typing", (sign) => sign.room === room && sign.pseudonym !== account && typing.heard(sign.pseudonym));
  line.on("room:here", (here) => here.room === room && presence.show(here));
  document.addEventListener("visibilitychange", () => {
    pane.look(isVisible(), log.have);
    if (!isVisible()) return;
    markRead();
    following.hurry();
  });

  pane.adopt(isVisible());
  outgoing.adopt();
  following.follow();
}
