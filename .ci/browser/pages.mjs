// The kinds of pages there are, each with an address of the served demonstration.

/** Reads a document of the interface for programs. */
export async function read(site, path) {
  const answer = await fetch(new URL(path, site));
  if (!answer.ok) throw new Error(`${path}: status ${answer.status}`);
  return answer.json();
}

/** How long the demonstration may take until an agenda has become minutes, which it does in half a minute. */
const PATIENCE_MS = 180_000;

/** An item of which the page has much to say: minutes that were an agenda before. */
async function withHistory(site) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await new Promise((done) => setTimeout(done, 1000))) {
    for (let page = `api/items?stage=minutes&limit=50`; page; ) {
      const { items, next } = await read(site, page);
      const found = items.find((item) => item.version_no > 1 && item.fields?.decision);
      if (found) return found;
      page = next;
    }
  }
  throw new Error("no item of the demonstration has two versions and a decision");
}

/** What the pages are about: parts of addresses that are there. */
export async function subjects(site) {
  const item = await withHistory(site);
  const { networks } = await read(site, "api/networks");
  const { dossiers } = await read(site, "api/dossiers");
  if (!networks.length || !dossiers.length) throw new Error("the demonstration has no network or no dossier");
  // The dossier that most members have come across.
  const seen = (dossier) => dossier.decided + dossier.on_agenda;
  const dossier = dossiers.reduce((most, one) => (seen(one) > seen(most) ? one : most));
  return { item, network: networks[0], dossier };
}

/**
 * Every kind of page: its name, its address without the language, and its status. What stands here is looked at
 * in every view and every language.
 */
export function kinds({ item, network, dossier }) {
  return [
    { name: "front", path: "" },
    { name: "network", path: `networks/${network.slug}` },
    { name: "dossier", path: `dossiers/${dossier.slug}` },
    { name: "item", path: `items/${item.uid}` },
    { name: "version", path: `items/${item.uid}?version=1` },
    { name: "difference", path: `items/${item.uid}?diff=1..2` },
    { name: "search", path: "search?q=verkosto" },
    { name: "search-empty", path: "search" },
    { name: "search-nothing", path: "search?q=qqqqqqqq" },
    { name: "sources", path: "sources" },
    { name: "about", path: "about" },
    { name: "missing", path: "nowhere", status: 404 },
    { name: "missing-item", path: "items/nobody/0-0", status: 404 },
  ];
}

/** The languages with what stands before the paths of their pages. */
export const LANGUAGES = { fi: "", sv: "sv/", en: "en/" };
