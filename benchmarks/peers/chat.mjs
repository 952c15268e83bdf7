// The peer on Node: socket.io 4 with its best settings, which only numbers (or commits) and broadcasts.
//
//   node chat.mjs PORT [memory|sqlite:FILE|postgresql://…]

import http from "node:http";
import { createRequire } from "node:module";

import { Server } from "socket.io";

import { storeAt } from "./stores.mjs";

const [port, address = "memory", engine = "ws"] = process.argv.slice(2);
const store = await storeAt(address);
const require = createRequire(import.meta.url);
const server = http.createServer();
const io = new Server(server, {
  transports: ["websocket"], // no polling to upgrade from
  perMessageDeflate: false,
  httpCompression: false,
  serveClient: false,
  ...(engine === "ws" ? {} : { wsEngine: require(engine).Server }),
});

io.on("connection", (socket) => {
  socket.on("room:join", async ({ room }, answer) => {
    socket.join(room);
    answer({ ok: true, epoch: 1, head: await store.head(room), events: [], more: false });
  });
  socket.on("message:send", async (message, answer) => {
    const author = { pseudonym: "still-water", avatar: message.cid, role: "member" };
    const logged = store.append(message.room, message.cid, message.body, author);
    const { id, seq, sent_at } = logged instanceof Promise ? await logged : logged;
    io.to(message.room).emit("room:event", {
      room: message.room,
      epoch: 1,
      seq,
      kind: "message",
      id,
      cid: message.cid,
      author,
      body: message.body,
      html: `<p>${message.body}</p>`,
      reply_to: null,
      content_note: null,
      sent_at,
    });
    answer({ ok: true, cid: message.cid, id, seq, state: "sent" });
  });
});

server.listen(Number(port), "127.0.0.1", 4096);
