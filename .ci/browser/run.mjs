// Opens the pages of the served demonstration in headless Chromium: narrow, wide, dark and printed, in every language.
//
// Usage: node run.mjs FOLDER ADDRESS [KIND...]: screenshots go to FOLDER; says every fault at once. With KINDs only
// those pages are opened.

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

const [folder, address, ...chosen] = process.argv.slice(2);
const site = new URL("/", address).href;
const found = [];

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
  found.push(...said.map((fault) => `/${LANGUAGES[view.language]}${kind.path} (${view.name}): ${fault}`));
}

async function look(browser, all) {
  for (const view of VIEWS) {
    const { viewport, scheme } = view;
    const context = await browser.newContext({ viewport, colorScheme: scheme });
    for (const kind of all) await open(context, view, kind);
    await context.close();
  }
}

async function travel(browser, about) {
  for (const [name, journey] of Object.entries(JOURNEYS)) {
    const context = await browser.newContext({ viewport: WIDE });
    const page = await context.newPage();
    page.setDefaultTimeout(LONGEST / 4);
    const said = listen(page, site);
    await journey({ page, site, ...about }).catch((error) => said.push(error.message.split("\n", 1)[0]));
    await page.screenshot({ path: path.join(folder, `journey-${name}.png`), fullPage: true });
    await context.close();
    found.push(...said.map((fault) => `${name}: ${fault}`));
  }
}

await mkdir(folder, { recursive: true });
const about = await subjects(site);
const all = kinds(about).filter((kind) => chosen.length === 0 || chosen.includes(kind.name));
// The sandbox needs privileges that containers do not have; the pages are our own.
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
await look(browser, all);
if (chosen.length === 0) await travel(browser, about);
await browser.close();
const journeys = chosen.length === 0 ? Object.keys(JOURNEYS).length : 0;
console.log(found.join("\n") || `${all.length} pages well in ${VIEWS.length} views; ${journeys} journeys made`);
process.exitCode = found.length ? 1 : 0;
