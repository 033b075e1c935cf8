// A day at the bureau and at a hospital, in a real browser. `node story.mjs URL PASSWORD [FOLDER]` keeps pictures in FOLDER.
import { readFileSync, writeFileSync, mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [url, password, pictures] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'mingcha-browser-'));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

function must(holds, what) {
  if (!holds) throw new Error(what);
}

// Somebody signs in, in a browser of their own. What a page says on its console is a fault.
async function signIn(name) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: 'zh-CN', bypassCSP: false });
  const page = await context.newPage();
  page.on('console', message => { if (message.type() === 'error') faults.push(`${name} ${page.url()}: ${message.text()}`); });
  page.on('pageerror', error => faults.push(`${name} ${page.url()}: ${error}`));
  await page.goto(`${url}/login`);
  if (name === 'hospital') await look(page, '00-login');
  await page.fill('#name', name);
  await page.fill('#password', password);
  await Promise.all([page.waitForURL(address => !address.pathname.startsWith('/login')), page.click('button:has-text("登录")')]);
  return page;
}
const faults = [];

// The page fits a 1366-pixel screen, and axe finds nothing serious.
async function look(page, name) {
  // A page of running work loads itself anew; it is looked at when the work is done.
  await page.waitForFunction(() => !document.querySelector('meta[name="again"]'), null, { timeout: 600000 });
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`) });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  must(wide <= 0, `${name}: ${wide} pixels wider than the screen`);
  // Evaluated by the debugger, which a page's own policy does not bind.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }));
  const serious = violations.filter(fault => ['serious', 'critical'].includes(fault.impact));
  must(!serious.length, `${name}: ${serious.map(fault => `${fault.id} ${fault.nodes.map(node => node.html.slice(0, 160)).slice(0, 3).join(' | ')}`).join('; ')}`);
}

const said = page => page.locator('.note[role=status]').first().innerText();

async function auditorsMorning() {
  const page = await signIn('auditor');
  await look(page, '01-workbench');
  await page.goto(`${url}/findings`);
  await look(page, '02-queue');
  await page.goto(`${url}/findings?view=open&group=rule`);
  await look(page, '02b-queue-grouped');
  await page.goto(`${url}/findings`);
  const waiting = await page.locator('#rows tbody tr').count();
  must(waiting >= 50, `only ${waiting} findings to review`);
  // J, then Enter: by keyboard only.
  await page.keyboard.press('j');
  await Promise.all([page.waitForURL(/\/findings\/[0-9a-f]{32}/), page.keyboard.press('Enter')]);
  await look(page, '03-finding');
  let reviewed = 0;
  const most = Math.min(50, waiting);
  while (reviewed < most && (await page.locator('[data-key=c]').count()) && (await page.locator('[data-key=n]').count())) {
    const here = page.url();
    if (reviewed % 7 === 3) {
      await page.keyboard.press('n');
      await page.keyboard.type('资料不全，暂不认定');
      await Promise.all([page.waitForURL(address => address.href !== here), page.keyboard.press('Control+Enter')]);
    } else {
      await Promise.all([page.waitForURL(address => address.href !== here), page.keyboard.press('c')]);
    }
    reviewed += 1;
  }
  must(reviewed === most, `${reviewed} of ${most} reviewed by keyboard`);
  // What passed is told, all at once.
  await page.goto(`${url}/findings?view=all&state=passed`);
  await page.locator('[data-all]').check();
  await page.click('button:has-text("下发机构")');
  must((await said(page)).startsWith('已办'), await said(page));
  await page.context().close();
  return reviewed;
}

async function hospitalsAnswer() {
  const page = await signIn('hospital');
  await look(page, '10-portal');
  const rows = await page.locator('[data-rows] tbody tr').count();
  must(rows > 0, 'the hospital was told of nothing');
  const paper = join(folder, '转科交接记录.pdf');
  writeFileSync(paper, '%PDF-1.4\n% a paper of the test\n');
  await page.locator('[data-all]').check();
  must(/已选 [1-9]/.test(await page.locator('[data-chosen]').innerText()), 'the chosen are counted');
  await page.fill('#grounds', '患者当日已离科，见交接记录。');
  await page.setInputFiles('#papers', paper);
  await page.click('button:has-text("提交答复")');
  must((await said(page)).startsWith('已申诉'), await said(page));
  await page.goto(`${url}/portal?show=appealed`);
  await page.locator('[data-rows] tbody a').first().click();
  await look(page, '10b-portal-finding');
  must((await page.locator('main').innerText()).includes('转科交接记录.pdf'), 'the paper is there');
  const own = [['portal/figures', '10c-portal-figures'], ['portal/reminders', '10d-portal-reminders'], ['portal/refunds', '10e-portal-refunds'], ['password', '10f-password']];
  for (const [path, name] of own) {
    await page.goto(`${url}/${path}`);
    await look(page, name);
  }
  await page.context().close();
}

async function panelAndVerdict() {
  const page = await signIn('reviewer');
  await page.goto(`${url}/appeals`);
  await look(page, '04-appeals');
  await page.locator('[data-rows] a').first().click();
  const panel = page.url().split('?')[0];
  await page.selectOption('#member', ['expert1', 'expert2', 'expert3']);
  await page.click('button:has-text("提交合议")');
  for (const expert of ['expert1', 'expert2', 'expert3']) {
    const member = await signIn(expert);
    await member.goto(panel);
    await member.fill('#reason', '交接记录未写返回时刻，不能排除');
    await member.click('button:has-text("意见：维持")');
    await member.context().close();
  }
  await page.goto(panel);
  await page.fill('#reason', '依合议意见');
  await page.click('button:has-text("合议结论：维持")');
  await page.goto(panel);
  must((await page.locator('.mc-head').innerText()).includes('已认定'), 'the panel has decided');
  await look(page, '04b-panel');
  await page.context().close();
  return panel.split('/').pop();
}

async function moneyComesBack() {
  const page = await signIn('officer');
  await page.goto(`${url}/recoveries`);
  await look(page, '05-recoveries');
  const first = page.locator('[data-rows] tbody a').first();
  must(await first.count(), 'a confirmed finding opens a debt');
  await first.click();
  const left = (await page.locator('.mc-5').innerText()).replace('元未收', '').trim();
  await page.fill('#amount', left);
  await page.fill('#paper', '收据 2026-001');
  await page.click('button:has-text("登记")');
  must((await page.locator('.mc-5').innerText()).startsWith('0.00'), 'nothing is left');
  await look(page, '05b-recovery');
  await page.context().close();
}

// Waits for a page that refreshes itself while the site works.
async function until(page, text, minutes = 5) {
  for (const end = Date.now() + minutes * 60000; Date.now() < end; ) {
    if ((await page.locator('main').innerText()).includes(text)) return;
    await page.waitForTimeout(2000);
    await page.reload();
  }
  throw new Error(`${page.url()} never said ${text}: ${await page.locator('main').innerText()}`);
}

async function ruleByTwo() {
  const author = await signIn('auditor');
  // All rules are read anew for an examination and for a pack, which takes a while where they are not compiled for speed.
  author.setDefaultTimeout(180000);
  await author.goto(`${url}/drafts`);
  await author.fill('#name', 'L990100-001');
  await author.click('main form button:has-text("起草")');
  const draft = author.url();
  await look(author, '12-draft');
  // A draft that says of itself that it is one is not put into force.
  await author.click('button:has-text("保存并检查、试算")');
  await until(author, '草稿不会运行');
  const text = await author.locator('#text').inputValue();
  await author.fill('#text', text.replace('"draft" ', '"trial" ').replace('照着改，把 status 从 draft 改为 trial 后才会运行。', '试行。'));
  await author.click('button:has-text("保存并检查、试算")');
  await until(author, '检查通过');
  await look(author, '12b-draft-examined');
  await author.fill('#propose-reason', '本市试行');
  await author.click('button:has-text("提请发布")');
  must(!(await author.locator('button:text-is("发布")').count()), 'the author does not publish');
  const other = await signIn('head');
  other.setDefaultTimeout(180000);
  await other.goto(draft);
  await other.click('button:text-is("发布")');
  must((await other.locator('.mc-head').innerText()).includes('第 1 号规则包'), 'the pack is there');
  const pack = other.url().split('/').pop();
  await look(other, '12c-pack');
  await other.goto(`${url}/packs`);
  await look(other, '12d-packs');
  await other.goto(`${url}/rules?q=L990100-001`);
  must((await other.locator('[data-rows] tbody tr').count()) === 1, 'the rule is in force');
  await other.goto(`${url}/runs`);
  await other.click('button:has-text("开始审核")');
  await until(other, pack.slice(0, 12), 12);
  await look(other, '07b-runs-pack');
  await author.context().close();
  await other.context().close();
}

async function otherPages() {
  const head = await signIn('head');
  for (const [path, name] of [['/rules', '06-rules'], ['/rules/GZ10000301002000', '06b-rule'], ['/runs', '07-runs'], ['/stats', '08-stats'], ['/log?verify=1', '09-log']]) {
    await head.goto(`${url}${path}`);
    await look(head, name);
  }
  must((await said(head)).includes('全部相符'), await said(head));
  await head.context().close();
  const admin = await signIn('admin');
  await look(admin, '11-users');
  await admin.context().close();
}

try {
  const reviewed = await auditorsMorning();
  await hospitalsAnswer();
  await panelAndVerdict();
  await moneyComesBack();
  await ruleByTwo();
  await otherPages();
  must(!faults.length, faults.join('\n'));
  console.log(`${reviewed} findings reviewed by keyboard; appeal, panel, recovery, a rule published by two done`);
} finally {
  await browser.close();
}
