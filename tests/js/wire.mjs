/** Stands for Socket.IO's client socket: the far end is played by the test. */
export function createWire() {
  const handlers = new Map();
  const wire = {
    active: true,
    connects: 0,
    disconnects: 0,
    /** @type {{event: string, payload: any, ack: Function}[]} */
    sent: [],
    on: (event, act) => handlers.set(event, act),
    connect: () => { wire.connects += 1; },
    disconnect: () => { wire.disconnects += 1; },
    emit: (event, payload, ack) => wire.sent.push({ event, payload, ack }),
    /** What the far end does. */
    hear: (event, payload) => handlers.get(event)(payload),
    refuse: (data) => {
      wire.active = false;
      wire.hear("connect_error", Object.assign(new Error("refused"), { data }));
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
    onChange: (act) => { tell = act; },
    set(value) { online = value; tell(); },
  };
}
