// Where the peer on Node keeps what was said: nowhere, in SQLite or in PostgreSQL. A number is given out only
// after its commit, a room's numbers in their order.

import { randomUUID } from "node:crypto";

const TABLES = `
  CREATE TABLE IF NOT EXISTS rooms (slug TEXT PRIMARY KEY, head_seq BIGINT NOT NULL);
  CREATE TABLE IF NOT EXISTS room_events (
    room TEXT NOT NULL, seq BIGINT NOT NULL, id TEXT NOT NULL UNIQUE, cid TEXT NOT NULL UNIQUE,
    author TEXT NOT NULL, body TEXT NOT NULL, sent_at TEXT NOT NULL, PRIMARY KEY (room, seq)
  );`;

export async function storeAt(address) {
  if (address.startsWith("sqlite:")) return sqlite(address.slice("sqlite:".length));
  if (address.startsWith("postgresql:")) return postgresql(address);
  return memory();
}

function memory() {
  const heads = new Map();
  return {
    head: (room) => heads.get(room) ?? 0,
    append(room) {
      const seq = (heads.get(room) ?? 0) + 1;
      heads.set(room, seq);
      return { id: randomUUID(), seq, sent_at: new Date().toISOString() };
    },
  };
}

// better-sqlite3, or what Node brings itself where that could not be built: both are used alike here.
async function opened(file) {
  try {
    const { default: Database } = await import("better-sqlite3");
    return new Database(file);
  } catch {
    const { DatabaseSync } = await import("node:sqlite");
    return new DatabaseSync(file);
  }
}

async function sqlite(file) {
  const db = await opened(file);
  db.exec("PRAGMA journal_mode = WAL");
  db.exec("PRAGMA synchronous = FULL"); // what was accepted outlives a power cut
  db.exec(TABLES);
  const enter = db.prepare("INSERT INTO rooms VALUES (?, 0) ON CONFLICT DO NOTHING");
  const head = db.prepare("SELECT head_seq FROM rooms WHERE slug = ?");
  const move = db.prepare("UPDATE rooms SET head_seq = head_seq + 1 WHERE slug = ? RETURNING head_seq");
  const insert = db.prepare("INSERT INTO room_events VALUES (?, ?, ?, ?, ?, ?, ?)");
  const [begin, commit] = [db.prepare("BEGIN IMMEDIATE"), db.prepare("COMMIT")];
  return {
    head(room) {
      enter.run(room);
      return head.get(room).head_seq;
    },
    append(room, cid, body, author) {
      begin.run();
      const event = { id: randomUUID(), seq: move.get(room).head_seq, sent_at: new Date().toISOString() };
      insert.run(room, event.seq, event.id, cid, author.pseudonym, body, event.sent_at);
      commit.run();
      return event;
    },
  };
}

async function postgresql(url) {
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({ ...connection(url), max: 10 });
  pool.on("connect", (client) => client.query("SET synchronous_commit = on"));
  await pool.query(TABLES);
  const turns = new Map(); // answers of two connections may overtake each other: one at a time in a room
  const text = `
    WITH moved AS (UPDATE rooms SET head_seq = head_seq + 1 WHERE slug = $1 RETURNING head_seq)
    INSERT INTO room_events SELECT $1, head_seq, $2, $3, $4, $5, $6 FROM moved RETURNING seq`;
  async function append(room, cid, body, author) {
    const event = { id: randomUUID(), seq: 0, sent_at: new Date().toISOString() };
    const values = [room, event.id, cid, author.pseudonym, body, event.sent_at];
    const done = await pool.query({ name: "append", text, values });
    event.seq = Number(done.rows[0].seq);
    return event;
  }
  return {
    async head(room) {
      await pool.query("INSERT INTO rooms VALUES ($1, 0) ON CONFLICT DO NOTHING", [room]);
      const found = await pool.query("SELECT head_seq FROM rooms WHERE slug = $1", [room]);
      return Number(found.rows[0].head_seq);
    },
    append(room, ...rest) {
      const mine = (turns.get(room) ?? Promise.resolve()).then(() => append(room, ...rest));
      turns.set(room, mine.catch(() => {}));
      return mine;
    },
  };
}

function connection(url) {
  const parts = new URL(url.replace("@/", "@localhost/"));
  return { user: parts.username, database: parts.pathname.slice(1), host: parts.searchParams.get("host") };
}
