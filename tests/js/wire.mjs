/** @typedef {ReturnType<typeof createWire>} TestWire */

/** Stands for Socket.IO's client socket: the far end is played by the test. */
export function createWire() {
  /** @type {Map<string, ((...heard: any[]) => void)[]>} */
  const handlers = new Map();
  /** @type {(() => void)[]} */
  const anyHandlers = [];
  /** @type {{event: string, payload: any, ack: (answer: any) => void}[]} */
  const sent = [];
  const wire = {
    active: true,
    connects: 0,
    disconnects: 0,
    isUp: false,
    sent,
    /** @param {string} event @param {(...heard: any[]) => void} act */
    on: (event, act) => { handlers.set(event, [...(handlers.get(event) ?? []), act]); },
    /** @param {() => void} act */
    onAny: (act) => { anyHandlers.push(act); },
    connect: () => { wire.connects += 1; },
    disconnect() {
      wire.disconnects += 1;
      if (wire.isUp) wire.hear("disconnect", "io client disconnect");
    },
    /** @param {string} event @param {object} payload @param {(answer: any) => void} ack */
    emit: (event, payload, ack) => { sent.push({ event, payload, ack }); },
    /** What the far end does. @param {string} event @param {any} [payload] */
    hear(event, payload) {
      if (event === "connect" || event === "disconnect") wire.isUp = event === "connect";
      else if (event !== "connect_error") for (const act of anyHandlers) act();
      for (const act of handlers.get(event) ?? []) act(payload);
    },
    /** @param {string} message @param {{permanent: boolean, retry_after?: number}} [data] */
    refuse(message, data) {
      wire.active = false;
      wire.hear("connect_error", Object.assign(new Error(message), { data }));
      wire.active = true;
    },
  };
  return wire;
}

export function createNetwork() {
  let online = true;
  let tell = () => {};
  return {
    online: () => online,
    /** @param {() => void} act */
    onChange: (act) => { tell = act; },
    /** @param {boolean} value */
    set(value) { online = value; tell(); },
  };
}
