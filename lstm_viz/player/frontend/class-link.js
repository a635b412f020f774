// What a class's two sides send to the server and hear from it.

const [RETRY_MS, MAX_RETRY_MS, SLOWER] = [1000, 3000, 1.2];
// For so long a class that can't be reached is looked for.
const PATIENCE_MS = 90_000;

// An error whose message is a sentence for the person.
class Refused extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

// Posts JSON; what the server answers, or Refused.
export async function post(path, body, token) {
  return (await request(path, { method: "POST", body: JSON.stringify(body), token })).json();
}

export async function request(path, { token, ...options } = {}) {
  const headers = {
    ...(options.body && { "content-type": "application/json" }),
    ...(token && { "x-class-token": token }),
  };
  let answer;
  try {
    answer = await fetch(path, { ...options, headers, cache: "no-store" });
  } catch {
    throw new Refused(0, "The server can't be reached.");
  }
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  throw new Refused(answer.status, said.sentence ?? "The server did not take that.");
}

// A person's stream: it comes back by itself while the class can be found. `heard` takes (kind, value).
export class PersonStream {
  constructor(address, heard) {
    Object.assign(this, { address, heard, lost: null, retryMs: RETRY_MS });
    this.open();
  }

  open() {
    const source = new EventSource(this.address());
    this.source = source;
    source.onopen = () => {
      this.lost = null;
      this.retryMs = RETRY_MS;
      this.heard("found");
    };
    for (const kind of ["state", "ballot", "moved", "end"])
      source.addEventListener(kind, ({ data }) => this.heard(kind, JSON.parse(data)));
    source.onerror = () => {
      this.lost ??= performance.now();
      source.close();
      if (performance.now() - this.lost > PATIENCE_MS) return this.heard("gone");
      this.heard("lost");
      this.timer = setTimeout(() => this.open(), this.retryMs * (0.5 + Math.random()));
      this.retryMs = Math.min(this.retryMs * SLOWER, MAX_RETRY_MS);
    };
  }

  close() {
    this.source.close();
    clearTimeout(this.timer);
  }
}

// The teacher's stream: its token is in a header, which an EventSource has none of.
export class TeacherStream {
  constructor(path, token, { heard, lost }) {
    Object.assign(this, { path, token, heard, lost });
    this.stopped = new AbortController();
    this.run();
  }

  async run() {
    while (!this.stopped.signal.aborted) {
      try {
        const answer = await request(this.path, { token: this.token, signal: this.stopped.signal });
        this.heard("found");
        await this.read(answer.body.getReader());
      } catch (error) {
        if (!this.stopped.signal.aborted) await this.lost(error);
      }
      if (!this.stopped.signal.aborted) await new Promise((done) => setTimeout(done, RETRY_MS));
    }
  }

  async read(reader) {
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      const events = text.split("\n\n");
      text = events.pop();
      for (const event of events) this.take(event);
    }
  }

  take(event) {
    const found = /^event: (\w+)\ndata: (.*)$/.exec(event);
    if (found) this.heard(found[1], JSON.parse(found[2]));
  }

  close() {
    this.stopped.abort();
  }
}

// What a browser is known by in a class, which says nothing of its person.
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
