// A user's browser without a screen: keeps cookies, signs in, agrees, and stops at the application.
import assert from "node:assert/strict";

const STEPS = 8;
const INPUT = /<input[^>]*>/g;
const ATTRIBUTE = /(\w[\w-]*)="([^"]*)"/g;
const FORM = /<form[^>]*action="([^"]+)".*?<\/form>/s;

/** Sends one request with the cookies kept so far; follows nothing. */
async function visit(address, cookies, options = {}) {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const answer = await fetch(address, { ...options, headers: { cookie }, redirect: "manual" });
  for (const line of answer.headers.getSetCookie()) {
    const [name, value] = line.split(";", 1)[0].split(/=(.*)/s);
    cookies.set(name, value);
  }
  return answer;
}

function hiddenFields(form) {
  const tags = (form.match(INPUT) ?? []).map((tag) =>
    Object.fromEntries([...tag.matchAll(ATTRIBUTE)].map(([, name, value]) => [name, value])),
  );
  return tags.filter((tag) => tag.type === "hidden").map((tag) => [tag.name, tag.value]);
}

/** Fills in the page's first form: the sign-in, or the consent. */
function submit(answer, page, cookies, user) {
  const [form, action] = page.match(FORM) ?? [];
  assert.ok(answer.status === 200 && form, `${answer.status} ${page.replace(/^.*<main/s, "")}`);
  const fields = new URLSearchParams(hiddenFields(form));
  if (form.includes('name="password"')) {
    fields.set("username", user.name);
    fields.set("password", user.password);
  } else {
    fields.set("decision", "allow");
  }
  const target = new URL(action.replaceAll("&amp;", "&"), answer.url);
  return visit(target, cookies, { method: "POST", body: fields });
}

/** Walks from an authorization address to the redirect back and returns that address. */
export async function signIn(address, redirectUri, user) {
  const cookies = new Map();
  let answer = await visit(address, cookies);
  for (let step = 0; step < STEPS; step += 1) {
    const location = answer.headers.get("location");
    if (location?.startsWith(`${redirectUri}?`)) {
      return new URL(location);
    }
    answer = location
      ? await visit(new URL(location, answer.url), cookies)
      : await submit(answer, await answer.text(), cookies, user);
  }
  return assert.fail(`no redirect back: ${answer.status}`);
}

/** Asks for an authorization that must not lead anywhere and returns the page's status and text. */
export async function refusedPage(address) {
  const answer = await visit(address, new Map());
  assert.equal(answer.headers.get("location"), null);
  return { status: answer.status, text: await answer.text() };
}
