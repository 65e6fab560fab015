// Opens the pages of the served demonstration in headless Chromium: narrow, wide, dark and printed, in every language.
//
// Usage: node run.mjs FOLDER ADDRESS [NAME...]: screenshots go to FOLDER; says every fault. With NAMEs of kinds, views
// or journeys only those.

import { mkdir } from "node:fs/promises";
import path from "node:path";

import { chromium } from "playwright-core";

import { JOURNEYS } from "./journeys.mjs";
import { faults, listen, tabbed, violations } from "./look.mjs";
import { LANGUAGES, kinds, subjects } from "./pages.mjs";

const NARROW = { width: 360, height: 740 };
const WIDE = { width: 1280, height: 900 };
const VIEWS = [
  { name: "wide", viewport: WIDE, scheme: "light", language: "fi" },
  { name: "dark", viewport: WIDE, scheme: "dark", language: "fi" },
  { name: "narrow", viewport: NARROW, scheme: "light", language: "fi" },
  { name: "narrow-dark", viewport: NARROW, scheme: "dark", language: "sv" },
  { name: "wide-sv", viewport: WIDE, scheme: "light", language: "sv" },
  { name: "wide-en", viewport: WIDE, scheme: "light", language: "en" },
];
/** The longest anything may take, in milliseconds; nothing healthy comes near. */
const LONGEST = 60_000;

const [folder, address, ...names] = process.argv.slice(2);
const site = new URL("/", address).href;
let found = 0;

/** Those of which a name was given; all where none was. */
function chosen(all) {
  const some = all.filter((one) => names.includes(one.name));
  return some.length ? some : all;
}

/** Says faults as they are found. */
function tell(where, faults) {
  found += faults.length;
  for (const fault of faults) console.log(`${where}: ${fault}`);
}

/** Opens a page of a kind in a view and looks at it. */
async function open(context, view, kind) {
  const page = await context.newPage();
  page.setDefaultTimeout(LONGEST);
  const said = listen(page, site);
  const where = `${site}${LANGUAGES[view.language]}${kind.path}`;
  const answer = await page.goto(where, { waitUntil: "load" });
  const status = kind.status ?? 200;
  if (answer.status() !== status) said.push(`status ${answer.status()}, not ${status}`);
  else {
    said.push(...(await faults(page, view)), ...(await violations(page)));
    if (view.name === "wide") said.push(...(await tabbed(page)));
  }
  await page.evaluate(() => document.activeElement?.blur());
  await page.screenshot({ path: path.join(folder, `${kind.name}-${view.name}.png`), fullPage: true });
  if (view.name === "wide") {
    await page.emulateMedia({ media: "print" });
    await page.screenshot({ path: path.join(folder, `${kind.name}-print.png`), fullPage: true });
  }
  await page.close();
  tell(`/${LANGUAGES[view.language]}${kind.path} (${view.name})`, said);
}

async function look(browser, views, pages) {
  for (const view of views) {
    const { viewport, scheme: colorScheme } = view;
    const context = await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce" });
    for (const kind of pages) await open(context, view, kind);
    await context.close();
  }
}

async function travel(browser, journeys, about) {
  for (const { name, journey } of journeys) {
    const context = await browser.newContext({ viewport: WIDE });
    const page = await context.newPage();
    page.setDefaultTimeout(LONGEST / 4);
    const said = listen(page, site);
    await journey({ page, site, ...about }).catch((error) => said.push(error.message.split("\n", 1)[0]));
    await page.screenshot({ path: path.join(folder, `journey-${name}.png`), fullPage: true });
    await context.close();
    tell(name, said);
  }
}

await mkdir(folder, { recursive: true });
const about = await subjects(site);
const travels = Object.entries(JOURNEYS).map(([name, journey]) => ({ name, journey }));
const [pages, views, journeys] = [kinds(about), VIEWS, travels].map(chosen);
// Who names journeys alone wants no pages.
const isTravelOnly = names.length > 0 && names.every((name) => name in JOURNEYS);
const isLookOnly = names.length > 0 && !names.some((name) => name in JOURNEYS);
// The sandbox needs privileges that containers do not have; the pages are our own.
const args = ["--no-sandbox", "--disable-smooth-scrolling"];
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args });
if (!isTravelOnly) await look(browser, views, pages);
if (!isLookOnly) await travel(browser, journeys, about);
await browser.close();
if (!found) console.log(`${pages.length} pages well in ${views.length} views; ${journeys.length} journeys made`);
process.exitCode = found ? 1 : 0;
