// What every page is looked at for: language, width, colours, accessibility, keyboard, and what the browser complains of.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** The longest a page may take to scroll to what is focused, in milliseconds. */
const SCROLLING = 5_000;
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Collects what the browser complains of on a page, but for the status of the page itself. */
export function listen(page, site) {
  const said = [];
  page.on("pageerror", (error) => said.push(`script error: ${error.message}`));
  page.on("console", (message) => {
    const aboutItself = message.location().url === page.url() && /status of 4\d\d/.test(message.text());
    if (message.type() === "error" && !aboutItself) {
      said.push(`console: ${message.text()} ${message.location().url}`);
    }
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(site)) said.push(`asks another site: ${request.url()}`);
  });
  page.on("response", (answer) => {
    const isPage = answer.request().isNavigationRequest();
    if (!isPage && answer.status() >= 400) said.push(`${answer.url()}: status ${answer.status()}`);
  });
  return said;
}

/** Relative luminance of `rgb(r, g, b)` as WCAG 2 defines it; `null` for what cannot be seen through to. */
function luminance(colour) {
  const [red, green, blue, alpha = 1] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  if (blue === undefined || alpha === 0) return null;
  const linear = [red, green, blue].map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

/** What only a laid-out page knows. */
function layout() {
  const root = document.documentElement;
  const wide = [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > root.clientWidth + 1)
    .filter((element) => !element.closest(".scroll, [tabindex='0']"))
    .slice(0, 3)
    .map((element) => element.outerHTML.slice(0, 80));
  const papers = [document.body, root].map((element) => getComputedStyle(element).backgroundColor);
  return {
    lang: root.lang,
    title: document.title,
    text: document.body.innerText.trim().length,
    headings: document.querySelectorAll("h1").length,
    overflow: root.scrollWidth - root.clientWidth,
    wide,
    ink: getComputedStyle(document.body).color,
    papers,
  };
}

/** Faults of an open page in a view: language, text, width and colours. */
export async function faults(page, { language, scheme }) {
  const found = [];
  const look = await page.evaluate(layout);
  if (look.lang !== language) found.push(`its language is "${look.lang}", not ${language}`);
  if (!look.title || look.text < 40) found.push(`no title or almost no text: "${look.title}"`);
  if (look.headings !== 1) found.push(`${look.headings} headings of the first rank`);
  if (look.overflow > 0) found.push(`${look.overflow} px wider than the window: ${look.wide.join(" ")}`);
  const paper = look.papers.map(luminance).find((value) => value !== null) ?? 1;
  const ink = luminance(look.ink) ?? 0;
  if (scheme === "dark" && paper > 0.3) found.push("light paper although dark was asked for");
  if (scheme === "light" && paper < 0.3) found.push("dark paper although light was asked for");
  const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
  if (contrast < 4.5) found.push(`contrast ${contrast.toFixed(1)} is under 4.5`);
  return found;
}

/** Violations that axe-core finds. Its text is evaluated, so the page's own policy stays in force. */
export async function violations(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(
    // It would ask for style sheets by script, which the page's policy forbids.
    (values) =>
      window.axe.run(document, {
        runOnly: { type: "tag", values },
        resultTypes: ["violations"],
        preload: false,
      }),
    RULES,
  );
  return violations.map(({ id, help, nodes }) => {
    const where = nodes.slice(0, 3).map((node) => node.target.join(" "));
    return `axe ${id}: ${help}: ${where.join("; ")}`;
  });
}

/** Everything that can be focused, in the order of the document; a number for each. */
function number() {
  const wanted = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
  const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled;
  const all = [...document.querySelectorAll(wanted)].filter((element) => element.tabIndex >= 0 && shown(element));
  // Of a group of radio buttons one alone is a stop.
  const groups = new Set();
  const stops = all.filter((element) => {
    if (element.type !== "radio") return true;
    const isNew = !groups.has(element.name);
    groups.add(element.name);
    return isNew;
  });
  stops.forEach((element, index) => element.setAttribute("data-stop", index));
  return stops.length;
}

/** The stop the keyboard is at, and whether a person would see that. */
function stop() {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const style = getComputedStyle(element);
  const ringed = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  return {
    number: Number(element.getAttribute("data-stop") ?? NaN),
    what: element.outerHTML.slice(0, 80),
    ringed: ringed || style.boxShadow !== "none",
  };
}

/** Whether what is focused stands in the window; also when nothing is. */
function seen() {
  const box = document.activeElement.getBoundingClientRect();
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return box.width > 0 && box.height > 0 && inside;
}

/** Goes through a page with the Tab key alone: a skip link first, every stop in order, each seen. */
export async function tabbed(page) {
  const found = [];
  const stops = await page.evaluate(number);
  for (let expected = 0; expected < stops; expected += 1) {
    await page.keyboard.press("Tab");
    // The page scrolls to what is focused, which takes a frame or two.
    const isSeen = page.waitForFunction(seen, null, { timeout: SCROLLING }).then(() => true, () => false);
    const [at, shown] = [await page.evaluate(stop), await isSeen];
    if (!at) return [...found, `the keyboard leaves after ${expected} of ${stops} stops`];
    if (at.number !== expected) found.push(`stop ${expected} is out of order: ${at.what}`);
    if (!shown) found.push(`stop ${expected} is focused and not to be seen: ${at.what}`);
    if (!at.ringed) found.push(`stop ${expected} does not show that it is focused: ${at.what}`);
    if (found.length > 5) break;
  }
  return found;
}
