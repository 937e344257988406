// Runs documents and shows the schema. Whatever comes from the service is shown as text, never as HTML.

const at = (id) => document.getElementById(id);
const endpoint = location.pathname;
const fields = { token: sessionStorage, document: localStorage, variables: localStorage };
const example = `# Ctrl+Enter runs what stands here.
{
  viewer { actor { name } permissions }
}
`;

for (const [id, kept] of Object.entries(fields)) {
  at(id).value = kept.getItem(`instep.${id}`) ?? (id === "document" ? example : "");
  at(id).addEventListener("input", () => kept.setItem(`instep.${id}`, at(id).value));
}

let running = null;

function tell(text, isBad = false) {
  at("state").textContent = text;
  at("state").classList.toggle("bad", isBad);
}

function post(body, { accept, signal } = {}) {
  const headers = { "Content-Type": "application/json", Accept: accept ?? "application/graphql-response+json" };
  const token = at("token").value.trim().replace(/^Bearer\s+/i, "");
  if (token) headers.Authorization = `Bearer ${token}`;
  return fetch(endpoint, { method: "POST", headers, body: JSON.stringify(body), signal, credentials: "omit" });
}

function asked() {
  const text = at("variables").value.trim();
  const variables = text ? JSON.parse(text) : undefined;
  return { query: at("document").value, variables };
}

// The first word outside of fragments and comments; the answer to a subscription never ends.
function isSubscription(text) {
  const bare = text.replace(/"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*/g, "");
  return /(^|\})[\s,]*subscription\b/.test(bare);
}

async function run() {
  if (running) return running.abort();
  let wish;
  try {
    wish = asked();
  } catch (fault) {
    return tell(`The variables are no JSON: ${fault.message}`, true);
  }
  running = new AbortController();
  at("run").textContent = "Stop";
  tell("Running ...");
  const started = performance.now();
  try {
    const streams = isSubscription(wish.query);
    const response = await post(wish, { accept: streams ? "text/event-stream" : undefined, signal: running.signal });
    if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
      await showEvents(response);
    } else {
      const answer = await response.json();
      at("answer").textContent = JSON.stringify(answer, null, 2);
      const milliseconds = Math.round(performance.now() - started);
      const cost = answer.extensions?.cost;
      const points = cost ? `, ${cost.actual} of ${cost.requested} points, ${cost.remaining} left` : "";
      tell(`${response.status} in ${milliseconds} ms${points}`, Boolean(answer.errors));
    }
  } catch (fault) {
    tell(fault.name === "AbortError" ? "Stopped." : `No answer: ${fault.message}`, fault.name !== "AbortError");
  } finally {
    running = null;
    at("run").textContent = "Run";
  }
}

async function showEvents(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let count = 0;
  at("answer").textContent = "";
  tell("Listening ...");
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return tell(`The stream ended after ${count} events.`);
    const frames = (rest + value).split("\n\n");
    rest = frames.pop();
    for (const frame of frames) {
      const data = frame.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trim()).join("\n");
      if (!data) continue;
      count += 1;
      at("answer").textContent = `${JSON.stringify(JSON.parse(data), null, 2)}\n\n${at("answer").textContent}`;
      tell(`Listening ... ${count} so far.`);
    }
  }
}

// ---- The schema -----------------------------------------------------------------------------

const typeOf = "type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";
const given = `name description defaultValue ${typeOf}`;
const introspection = `{ __schema {
  queryType { name } mutationType { name } subscriptionType { name }
  types { kind name description
    fields(includeDeprecated: true) { name description isDeprecated deprecationReason args { ${given} } ${typeOf} }
    inputFields { ${given} }
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    possibleTypes { name } } } }`;

let schema = null;

async function readSchema() {
  tell("Reading the schema ...");
  try {
    const answer = await (await post({ query: introspection })).json();
    if (!answer.data) return tell(answer.errors[0].message, true);
    schema = answer.data.__schema;
    schema.byName = new Map(schema.types.map((type) => [type.name, type]));
    tell(`${schema.types.length} types.`);
    search();
  } catch (fault) {
    tell(`No answer: ${fault.message}`, true);
  }
}

function element(tag, ...children) {
  const made = document.createElement(tag);
  made.append(...children.filter((child) => child !== null));
  return made;
}

function link(name, text = name) {
  const made = element("a", text);
  made.tabIndex = 0;
  made.setAttribute("role", "link");
  made.addEventListener("click", () => showType(name));
  made.addEventListener("keydown", (event) => event.key === "Enter" && showType(name));
  return made;
}

function shownType(type) {
  if (type.kind === "NON_NULL") return element("span", shownType(type.ofType), "!");
  if (type.kind === "LIST") return element("span", "[", shownType(type.ofType), "]");
  return link(type.name);
}

function shownField(field) {
  const title = element("code", field.name);
  const args = field.args ?? [];
  if (field.type) title.append(": ", shownType(field.type));
  if (field.defaultValue != null) title.append(` = ${field.defaultValue}`);
  const about = field.description ? element("p", field.description) : null;
  const item = element("li", title, about);
  if (field.isDeprecated) {
    const gone = element("p", `Deprecated: ${field.deprecationReason ?? ""}`);
    gone.className = "gone";
    item.append(gone);
  }
  if (args.length) item.append(element("ul", ...args.map(shownField)));
  return item;
}

function showType(name) {
  const type = schema.byName.get(name);
  const members = [...(type.fields ?? []), ...(type.inputFields ?? []), ...(type.enumValues ?? [])];
  const possible = (type.possibleTypes ?? []).map((one) => element("li", link(one.name)));
  at("shown").replaceChildren(
    element("h2", type.name),
    type.description ? element("p", type.description) : "",
    element("ul", ...members.map(shownField), ...possible),
  );
}

function search() {
  if (!schema) return;
  const wanted = at("search").value.trim().toLowerCase();
  if (!wanted) {
    const roots = [schema.queryType, schema.mutationType, schema.subscriptionType].filter(Boolean);
    return at("shown").replaceChildren(element("ul", ...roots.map((root) => element("li", link(root.name)))));
  }
  const found = [];
  for (const type of schema.types) {
    if (type.name.startsWith("__")) continue;
    if (type.name.toLowerCase().includes(wanted)) found.push(element("li", link(type.name)));
    for (const field of [...(type.fields ?? []), ...(type.inputFields ?? [])]) {
      if (field.name.toLowerCase().includes(wanted)) found.push(element("li", link(type.name, `${type.name}.${field.name}`)));
    }
  }
  at("shown").replaceChildren(element("ul", ...found.slice(0, 100)), found.length ? "" : element("p", "Nothing of that name."));
}

at("run").addEventListener("click", run);
at("read").addEventListener("click", readSchema);
at("search").addEventListener("input", search);
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  }
});
