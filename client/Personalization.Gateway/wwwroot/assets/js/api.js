// The public API, as any gateway's client would call it.

export class ApiError extends Error {
  constructor(status, problem) {
    const first = problem?.errors?.[0];
    super(first ? `${first.field}: ${first.message}` : problem?.detail ?? problem?.title ?? `The shop answered ${status}`);
    this.status = status;
    this.problem = problem;
  }
}

const segment = encodeURIComponent;
const query = parameters => {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== null && value !== undefined && value !== "") search.set(name, value);
  return search.size > 0 ? `?${search}` : "";
};

async function call(method, path, body, signal) {
  let response;
  try {
    response = await fetch(path, {
      method, signal, headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, { detail: "The shop cannot be reached." });
  }
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  const value = isJson && text ? JSON.parse(text) : null;
  if (!response.ok) throw new ApiError(response.status, value);
  return { value, timings: parseTimings(response.headers.get("server-timing")) };
}

const get = async (path, signal) => (await call("GET", path, undefined, signal)).value;

/** "grain;dur=3.1, queue;dur=0.4" as { grain: 3.1, queue: 0.4 }. */
export function parseTimings(header) {
  const timings = {};
  for (const part of (header ?? "").split(",")) {
    const [name, ...parameters] = part.trim().split(";");
    const duration = parameters.map(parameter => parameter.trim()).find(parameter => parameter.startsWith("dur="));
    if (name && duration) timings[name] = Number.parseFloat(duration.slice(4).replaceAll('"', ""));
  }
  return timings;
}

export const api = {
  categories: () => get("/v1/categories"),
  item: id => get(`/v1/items/${segment(id)}`),
  similar: (id, count = 6) => get(`/v1/items/${segment(id)}/similar${query({ count })}`),
  trending: (count = 12) => get(`/v1/trending${query({ count })}`),
  send: async events => (await call("POST", "/v1/events", events)).value,
  recommend: (user, parameters, signal) =>
    call("GET", `/v1/users/${segment(user)}/recommendations${query({ ...parameters, include: "items" })}`, undefined, signal),
  history: (user, limit, minVersion) => get(`/v1/users/${segment(user)}/history${query({ limit, minVersion })}`),
  churn: user => get(`/v1/users/${segment(user)}/churn`),
  profile: user => get(`/v1/users/${segment(user)}`),
  erase: user => call("DELETE", `/v1/users/${segment(user)}`),
  ops: () => get("/v1/ops"),
};

const AGAIN_MS = 2_000;

/** Server-sent events of one user, or of the whole shop without one. Reconnects by itself; a warning that is repeated then is dropped. */
export function listen(user, handlers) {
  const heard = new Set();
  let source, again, last = null;
  const hear = handler => message => {
    last = message.lastEventId || last;
    try {
      const data = JSON.parse(message.data);
      if (data.warningId !== undefined && heard.size === heard.add(data.warningId).size) return;
      handler(data);
    } catch (error) { if (!(error instanceof SyntaxError)) throw error; }
  };
  const open = () => {
    source = new EventSource(`/v1/stream${query({ user, lastEventId: last })}`);
    for (const [name, handler] of Object.entries({ hello: () => {}, ...handlers.on })) source.addEventListener(name, hear(handler));
    source.addEventListener("open", () => handlers.state?.("live"));
    source.addEventListener("error", () => {
      handlers.state?.("waiting");
      // A browser connects again where a stream breaks off, but gives up where one is refused.
      if (source.readyState === EventSource.CLOSED) again = setTimeout(open, AGAIN_MS);
    });
  };
  open();
  return () => { clearTimeout(again); source.close(); };
}
