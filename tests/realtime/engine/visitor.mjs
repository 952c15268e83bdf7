// The official JavaScript client. `node visitor.mjs URL` prints what it saw as JSON.
import { io } from "socket.io-client";

const url = process.argv[2];
const options = { transports: ["websocket"], reconnectionDelay: 50, extraHeaders: { Origin: url } };
const seen = {};

/** The next event of this name. */
const next = (emitter, name) => new Promise((resolve) => emitter.once(name, (...data) => resolve(data)));
const ask = (socket, name, ...data) => socket.timeout(10_000).emitWithAck(name, ...data);

const socket = io(url, options);
const side = socket.io.socket("/side");
socket.on("question", (question, answer) => answer("yes", question));
await Promise.all([next(socket, "connect"), next(side, "connect")]);

seen.echo = await ask(socket, "echo", { a: [1, null, "ü😀"] });
seen.binary = [...new Uint8Array(await ask(socket, "echo", Uint8Array.from([0, 255, 7])))];
const mixed = await ask(socket, "echo", { deep: [Buffer.from("one"), { and: Buffer.from("two") }] });
seen.mixed = [String(mixed.deep[0]), String(mixed.deep[1].and)];
const large = "x".repeat(1_000_000);
seen.large = (await ask(socket, "echo", large)) === large;
const many = await Promise.all(Array.from({ length: 50 }, (_, number) => ask(socket, "echo", number)));
seen.inOrder = many.every((answer, number) => answer === number);
seen.asked = await ask(socket, "ask_me", "sure?");
seen.side = await ask(side, "echo", "there");

const other = io(url, { ...options, forceNew: true });
await next(other, "connect");
await Promise.all([ask(socket, "join", "reeds"), ask(other, "join", "reeds")]);
const heard = next(other, "heard");
socket.emit("say", "reeds", { words: Buffer.from("hush") });
seen.heard = String((await heard)[0].words);

const refused = io(url, { ...options, forceNew: true, auth: { refuse: "full" } });
const [why] = await next(refused, "connect_error");
seen.refused = [why.message, why.data];

const broken = next(socket, "disconnect");
const back = next(socket, "connect");
socket.io.engine.transport.ws.terminate();
seen.broken = (await broken)[0];
await back;
seen.again = await ask(socket, "echo", "again");

const shownOut = next(other, "disconnect");
other.emit("show_me_out");
seen.shownOut = (await shownOut)[0];
seen.staysOut = !other.active;

const left = next(socket, "disconnect");
socket.disconnect();
seen.left = (await left)[0];
for (const one of [side, other, refused]) one.disconnect();
console.log(JSON.stringify(seen));
