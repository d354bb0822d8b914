// Clicks through the built site in headless Chromium, as a director would, and
// says in TAP what was seen; then takes the pictures of the READMEs.
//
//   node test/clicks.js SITE PICTURES
//
// The program of the browser is CHROMIUM, or Debian's.
import {createReadStream, existsSync, mkdirSync, readFileSync, readdirSync} from "node:fs";
import {createServer} from "node:http";
import {extname, join, normalize} from "node:path";
import {chromium} from "playwright-core";

const [site, pictures] = process.argv.slice(2);
const types = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml"};
const server = createServer((request, response) => {
  const path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname));
  const file = join(site, path.endsWith("/") ? `${path}index.html` : path);
  if (!existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, {"content-type": types[extname(file)] ?? "application/octet-stream"});
  createReadStream(file).pipe(response);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const root = `http://127.0.0.1:${server.address().port}/`;

let checks = 0;
let failures = 0;
function ok(good, name, seen) {
  checks += 1;
  if (!good) failures += 1;
  console.log(`${good ? "ok" : "not ok"} ${checks} - ${name}`);
  if (!good && seen !== undefined) console.log(`# saw: ${JSON.stringify(seen)}`);
}

/** What a loader answered when the site was built. */
function loaded(name) {
  const directory = join(site, "_file", "data");
  const file = readdirSync(directory).find((f) => f.startsWith(`${name}.`));
  return JSON.parse(readFileSync(join(directory, file), "utf8"));
}
const company = loaded("company");
const units = loaded("units");
const people = loaded("people");
const blacklist = loaded("blacklist");
const releases = loaded("releases");
const running = company.months.at(-1);
const centre = (month) => units.find((u) => u.month === month && u.kind === "centre");
const digits = (text) => Number(String(text).replace(/[^0-9]/g, ""));

const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"]});
const context = await browser.newContext({viewport: {width: 1360, height: 900}, locale: "ru-RU"});
const page = await context.newPage();
const troubles = [];
page.on("pageerror", (error) => troubles.push(`${page.url()}: ${error}`));
page.on("console", (message) => message.type() === "error" && troubles.push(`${page.url()}: ${message.text()}`));
page.on("requestfailed", (request) => troubles.push(`${request.url()} failed`));
page.on("request", (request) => request.url().startsWith(root) || request.url().startsWith("data:") || request.url().startsWith("blob:") || troubles.push(`${request.url()} is elsewhere`));

/** Open a page and wait until it has drawn all its cells. */
async function settle() {
  await page.waitForLoadState("networkidle");
  await page.waitForFunction(() => !document.querySelector("observablehq-loading"));
}
async function open(path) {
  await page.goto(root + path);
  await settle();
}
const tileValue = (label) => page.locator(".tile", {hasText: label}).locator(".value").innerText();
async function picture(name) {
  mkdirSync(pictures, {recursive: true});
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.screenshot({path: join(pictures, `${name}.png`), fullPage: true, clip: {x: 0, y: 0, width: 1360, height: Math.min(height, 1500)}});
}

try {
  await open("index.html");
  ok(digits(await tileValue("Клиенты в базах")) === centre(running).clients, "the company's tile is its unit scorecard", await tileValue("Клиенты в базах"));
  ok((await page.locator(".card svg").count()) >= 3, "the company page has its charts");
  await picture("company");

  const closed = company.months.at(-2);
  await page.locator(`.buttons button[data-value="${closed}"]`).click();
  await settle();
  ok(digits(await tileValue("В чёрном списке")) === centre(closed).blacklisted, "a click on a month shows that month", await tileValue("В чёрном списке"));

  await page.locator("svg a").first().click();
  await page.waitForURL(/office\.html\?unit=\d+/);
  await settle();
  const unit = Number(new URL(page.url()).searchParams.get("unit"));
  const name = company.units.find((u) => u.id === unit).name;
  ok((await page.locator("h1").innerText()) === name, "a cell of the matrix leads to its office", await page.locator("h1").innerText());
  ok(digits(await tileValue("Клиенты")) === units.find((u) => u.month === running && u.unit_id === unit).clients, "the office's tile is its unit scorecard");

  const other = company.units.filter((u) => u.kind === "office").at(-1);
  await page.locator(".select select").selectOption(String(other.id));
  await settle();
  ok((await page.locator("h1").innerText()) === other.name && page.url().endsWith(`unit=${other.id}`), "another office is chosen from the list, and stays in the address");
  const rows = page.locator(".card").first().locator("tbody tr");
  const before = await rows.count();
  ok(before > 3, "the office lists its managers", before);
  await page.locator("th", {hasText: "Размер базы"}).click();
  const sizes = await page.locator(".card").first().locator("tbody tr td:nth-child(4) tspan:first-child").allTextContents();
  ok(sizes.length > 3 && sizes.every((size, i) => i === 0 || digits(sizes[i - 1]) <= digits(size)), "a click on a head sorts by it", sizes);
  await picture("office");

  await page.locator(".card").first().locator("tbody a").first().click();
  await page.waitForURL(/manager\.html\?manager=\d+/);
  await settle();
  const manager = Number(new URL(page.url()).searchParams.get("manager"));
  const person = people.find((p) => p.month === running && p.manager_id === manager);
  ok((await page.locator("h1").innerText()) === person.manager_name, "his name leads to the manager's card");
  ok(digits(await tileValue("Не выполнено норм")) === person.missed, "the card counts what he missed", await tileValue("Не выполнено норм"));
  await picture("manager");

  await page.locator(".bar a[data-page=blacklist]").click();
  await settle();
  ok(digits(await tileValue("Клиентов в списке")) === centre(running).blacklisted, "the black list is complete", await tileValue("Клиентов в списке"));
  await page.locator(".more a").click();
  ok((await page.locator(".card").last().locator("tbody tr").count()) === blacklist.length, "and is shown whole when asked");

  await page.locator(".bar a[data-page=releases]").click();
  await settle();
  ok(digits(await tileValue("За 30 дней")) === releases.filter((r) => !r.held_back && r.days_left <= 30).length, "the calendar counts thirty days", await tileValue("За 30 дней"));
  await picture("releases");

  await page.locator(".bar a[data-page=trend]").click();
  await settle();
  ok((await page.locator("figure svg").count()) >= 8, "the trend has a picture for each measure", await page.locator("figure svg").count());
  await picture("trend");

  await page.locator(".bar a[data-page=index]").click();
  await settle();
  await page.locator("button[data-lang=en]").click();
  await page.waitForFunction(() => document.documentElement.lang === "en");
  await settle();
  ok((await page.locator(".bar a[data-page=blacklist]").innerText()) === "Black list", "the switch turns the site to English");
  ok(!/[А-Яа-яЁё]/.test((await page.locator(".tiles").innerText()) + (await page.locator("h2").allInnerTexts()).join("")), "and leaves no Russian word in its tiles and heads");
  await picture("company.en");
  for (const path of ["office", "manager", "blacklist", "releases", "trend"]) {
    await open(`${path}.html`);
    ok((await page.locator(".tile, figure").count()) > 0 && (await page.locator(".observablehq--error").count()) === 0, `the page ${path} draws in English`);
  }
  await page.setViewportSize({width: 420, height: 800});
  await open("index.html");
  ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1), "a telephone needs no sideways scrolling", await page.evaluate(() => document.documentElement.scrollWidth));
  ok(troubles.length === 0, "no error, and nothing is fetched from elsewhere", troubles);
} catch (error) {
  ok(false, "the clicks go through", String(error));
} finally {
  await browser.close();
  server.close();
}
console.log(`1..${checks}`);
process.exit(failures ? 1 : 0);
