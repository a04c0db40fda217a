/**
 * Rebuilds the HTML of a mail for showing it. The page's CSP refuses style attributes and frames with
 * their own content alike, so the mail is parsed apart and made anew from what is known to be harmless:
 * no script, no image, no address that could be opened or loaded.
 */

const ELEMENTS = new Set(
  "a b blockquote br code div em h1 h2 h3 h4 hr i li ol p pre small span strong table tbody td th thead tr u ul".split(
    " ",
  ),
);
const DROPPED = new Set(["script", "style", "head", "title", "template", "iframe", "object", "svg", "math"]);
const ATTRIBUTES = ["align", "valign", "width", "dir", "lang", "colspan", "rowspan", "role"];

const STYLE = "data-mail-style";

/**
 * Renamed before parsing: even a document that is never shown reports its styles and handlers against
 * the CSP. A style element becomes a template, whose content is nowhere.
 */
const quiet = (html: string) =>
  html.replace(/<\/?[a-z][^>]*>/gi, (tag) =>
    tag
      .replace(/^(<\/?)style\b/i, "$1template")
      .replace(/\sstyle\s*=/gi, ` ${STYLE}=`)
      .replace(/[\s/"']on[a-z]+\s*=/gi, " data-dropped="),
  );

function applyStyle(from: Element, to: HTMLElement): void {
  for (const declaration of (from.getAttribute(STYLE) ?? "").split(";")) {
    const [name, ...rest] = declaration.split(":");
    const value = rest.join(":").trim();
    // An address in a style would be a request to somewhere.
    if (!name || !value || /url\(|image-set|position/i.test(declaration)) continue;
    to.style.setProperty(name.trim(), value.replace(/!important$/i, "").trim());
  }
}

function rebuild(node: Node, into: Node): void {
  if (node.nodeType === Node.TEXT_NODE) into.appendChild(document.createTextNode(node.textContent ?? ""));
  if (!(node instanceof Element)) return;
  const name = node.localName;
  if (DROPPED.has(name)) return;
  let target = into;
  if (ELEMENTS.has(name) || name === "body") {
    const copy = document.createElement(name === "body" ? "div" : name);
    for (const attribute of ATTRIBUTES) {
      const value = node.getAttribute(attribute);
      if (value !== null) copy.setAttribute(attribute, value);
    }
    applyStyle(node, copy);
    target = into.appendChild(copy);
  }
  node.childNodes.forEach((child) => rebuild(child, target));
}

export function mailFragment(html: string): DocumentFragment {
  const parsed = new DOMParser().parseFromString(quiet(html), "text/html");
  const fragment = document.createDocumentFragment();
  rebuild(parsed.body, fragment);
  return fragment;
}
