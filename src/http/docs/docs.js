// Shows openapi.json. Texts are set as text, never as markup.
const main = document.getElementById("operations");
const find = document.getElementById("find");
const count = document.getElementById("count");

function element(name, content, attributes = {}) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  for (const child of [content].flat()) if (child != null) made.append(child);
  return made;
}

/** A schema as an example of its shape: names with types. */
function shape(document, schema, depth = 0) {
  if (!schema) return null;
  if (schema.$ref) return shape(document, document.components.schemas[schema.$ref.split("/").pop()], depth);
  if (schema.nullable && depth > 0 && !schema.allOf) return `${schema.type ?? "any"} or null`;
  if (schema.allOf?.length) return shape(document, schema.allOf[0], depth);
  if (schema.type === "array") return [shape(document, schema.items, depth + 1)];
  if (schema.properties && depth < 4) {
    return Object.fromEntries(
      Object.entries(schema.properties).map(([name, inner]) => [
        schema.required?.includes(name) ? name : `${name}?`,
        shape(document, inner, depth + 1),
      ]),
    );
  }
  return [schema.type ?? "any", schema.format].filter(Boolean).join(" ");
}

function parameters(list) {
  const rows = list.map((one) =>
    element("tr", [
      element("td", element("code", one.name)),
      element("td", one.in),
      element("td", [one.schema?.type, one.schema?.format].filter(Boolean).join(" ")),
      element("td", one.description ?? ""),
    ]),
  );
  const head = element("tr", ["Name", "In", "Type", "About"].map((text) => element("th", text, { scope: "col" })));
  return element("table", [element("thead", head), element("tbody", rows)]);
}

function bodies(document, heading, content) {
  return Object.entries(content ?? {}).flatMap(([type, { schema }]) => [
    element("h2", `${heading} (${type})`),
    type.includes("json")
      ? element("pre", JSON.stringify(shape(document, schema), null, 2), { tabindex: "0" })
      : element("p", "A file."),
  ]);
}

function operation(document, path, method, about) {
  const inside = [];
  if (about.parameters?.length) inside.push(element("h2", "Parameters"), parameters(about.parameters));
  inside.push(...bodies(document, "Body", about.requestBody?.content));
  for (const [status, answer] of Object.entries(about.responses)) {
    if (status < "400") inside.push(...bodies(document, `Answer ${status}`, answer.content));
  }
  inside.push(element("p", `Refusals: ${Object.keys(about.responses).filter((s) => s >= "400").join(", ")}`));
  const summary = element("summary", [
    element("span", method.toUpperCase(), { class: "method" }),
    element("code", `/api/v1${path}`),
    " ",
    element("span", about.summary ?? "", { class: "about" }),
  ]);
  const made = element("details", [summary, element("div", inside)]);
  made.dataset.words = `${method} ${path} ${about.summary ?? ""}`.toLowerCase();
  return made;
}

function show() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const one of main.children) {
    one.hidden = !words.every((word) => one.dataset.words.includes(word));
    if (!one.hidden) shown += 1;
  }
  count.textContent = `${shown} operations`;
}

try {
  const answer = await fetch("/api/v1/openapi.json");
  const document = await answer.json();
  const all = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, about]) => operation(document, path, method, about)),
  );
  main.replaceChildren(...all);
  find.addEventListener("input", show);
  show();
} catch {
  main.replaceChildren(element("p", "The document could not be loaded. Reload the page to try again."));
}
