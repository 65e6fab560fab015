// What people do: search and narrow, compare versions, read the matrix, change the language, use the keyboard alone.

import { read } from "./pages.mjs";

/** Ends a journey with a sentence. */
function insist(holds, sentence) {
  if (!holds) throw new Error(sentence);
}

/** Addresses of the items a page of results leads to. */
const results = (page) =>
  page.locator("main a[href*='items/']").evaluateAll((links) => links.map((link) => new URL(link.href).pathname));

/** Searches by keyboard from the front page, then narrows the results by municipality. */
async function searching({ page, site }) {
  await page.goto(site);
  const field = page.locator("header input[name=q]").first();
  for (let tabs = 0; tabs < 40; tabs += 1) {
    await page.keyboard.press("Tab");
    if (await field.evaluate((element) => element === document.activeElement)) break;
  }
  await page.keyboard.type("verkosto");
  await Promise.all([page.waitForURL("**/search?*"), page.keyboard.press("Enter")]);
  insist(new URL(page.url()).searchParams.get("q") === "verkosto", `searched at ${page.url()}`);
  const all = await results(page);
  insist(all.length > 1, `${all.length} results`);
  const facet = page.locator("main a[href*='municipality=']").first();
  await facet.focus();
  await Promise.all([page.waitForURL("**municipality=*"), page.keyboard.press("Enter")]);
  const chosen = new URL(page.url()).searchParams;
  insist(chosen.get("q") === "verkosto", "the words are lost when a facet is chosen");
  const narrowed = await results(page);
  const strange = narrowed.filter((path) => !path.includes(`/items/${chosen.get("municipality")}/`));
  insist(narrowed.length > 0 && strange.length === 0, `${narrowed.length} results, elsewhere: ${strange.join(", ")}`);
  for (const name of ["year", "stage"]) {
    const more = await page.locator(`main a[href*='${name}=']`).count();
    insist(more > 0, `no facet for ${name}`);
  }
}

/** Compares two versions of an item: what went and what came is told by more than its colour. */
async function comparing({ page, site, item }) {
  await page.goto(`${site}items/${item.uid}`);
  const both = await page.locator("main").innerText();
  const decided = item.fields.decision.split("\n", 1)[0].trim().slice(0, 40);
  insist(both.includes(decided), "the decision does not stand on the page of its item");
  await page.goto(`${site}items/${item.uid}?diff=1..2`);
  const marks = page.locator("main ins, main del");
  insist((await marks.count()) > 0, "nothing is marked as different");
  const plain = await marks.evaluateAll(
    (all) => all.filter((mark) => getComputedStyle(mark).textDecorationLine === "none").length,
  );
  insist(plain === 0, `${plain} differences are told by their colour alone`);
}

/** Reads the matrix: each matter in a row, each member in a column, each state in words. */
async function readingTheMatrix({ page, site, network }) {
  const matrix = await read(site, `api/networks/${network.slug}/matrix`);
  await page.goto(`${site}networks/${network.slug}`);
  const table = page.locator("main table").filter({ has: page.locator("th[scope=col]") }).first();
  const columns = (await table.locator("th[scope=col]").allInnerTexts()).join("\n");
  const rows = (await table.locator("th[scope=row]").allInnerTexts()).join("\n");
  const [first] = matrix.dossiers;
  const missing = first.cells.map((cell) => cell.municipality).filter((name) => !columns.includes(name));
  const absent = rows.includes(first.summary.title) ? [] : [first.summary.title];
  insist(missing.length + absent.length === 0, `the matrix lacks ${[...missing, ...absent].join(", ")}`);
  const mute = await table.locator("td").evaluateAll((cells) => cells.filter((cell) => !cell.innerText.trim()).length);
  insist(mute === 0, `${mute} cells of the matrix say nothing in words`);
  const why = await table.locator(".doubt").allInnerTexts();
  const unknown = first.cells.filter((cell) => cell.state === "unknown").map((cell) => cell.municipality);
  const unexplained = unknown.filter((name) => !why.join("\n").includes(name));
  insist(unknown.length > 0 && unexplained.length === 0, `the page does not say why nothing is known of ${unexplained}`);
}

/** Reads the same page in each language, without anything kept in the browser. */
async function changingTheLanguage({ page, site, item }) {
  const path = `items/${item.uid}`;
  await page.goto(`${site}${path}`);
  for (const [language, before] of [["sv", "sv/"], ["en", "en/"], ["fi", ""]]) {
    const link = page.locator(`a[hreflang=${language}]`).first();
    await Promise.all([page.waitForURL(`${site}${before}${path}`), link.click()]);
    const lang = await page.locator("html").getAttribute("lang");
    insist(lang === language, `the page in ${language} says that it is in ${lang}`);
    const others = await page.locator("link[rel=alternate][hreflang]").evaluateAll((links) => links.map((l) => l.href));
    insist(others.length >= 3, `${others.length} other languages are named`);
  }
  const kept = await page.context().cookies();
  insist(kept.length === 0, "a cookie is set");
}

/** Skips to the content: the first stop of the keyboard. */
async function skipping({ page, site }) {
  await page.goto(site);
  await page.keyboard.press("Tab");
  const first = page.locator(":focus");
  const href = await first.getAttribute("href");
  insist(href?.startsWith("#"), `the first stop is no skip link: ${href}`);
  const box = await first.boundingBox();
  insist(box && box.x >= 0 && box.y >= 0 && box.height > 10, "the skip link is not to be seen when focused");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  const inside = await page.evaluate(() => Boolean(document.activeElement?.closest("main, footer")));
  insist(inside, "behind the skip link the keyboard is still in the header");
}

export const JOURNEYS = { skipping, searching, comparing, readingTheMatrix, changingTheLanguage };
