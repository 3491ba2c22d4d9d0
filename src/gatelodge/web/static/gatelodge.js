// Conveniences only: every page works without this file.
"use strict";

const live = () => document.getElementById("live");
const say = (text) => {
  const region = live();
  if (region) region.textContent = text;
};

// Copying. navigator.clipboard is missing on plain http in a local network.
async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("copying was refused");
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  if (!source) return;
  const label = button.querySelector("[data-label]");
  const name = button.dataset.name || "Text";
  const focused = document.activeElement;
  try {
    await copyText(source.textContent.trim());
    if (label) label.textContent = "Copied";
    button.classList.add("is-copied");
    say(`${name} copied`);
  } catch {
    if (label) label.textContent = "Press Ctrl+C";
    getSelection().selectAllChildren(source);
    say(`${name} is selected; press Ctrl+C to copy it`);
  }
  if (focused) focused.focus();
  setTimeout(() => {
    button.classList.remove("is-copied");
    if (label) label.textContent = "Copy";
  }, 2000);
}

// "Characters left" counters, in characters as the server counts them.
function count(field) {
  const output = document.getElementById(field.dataset.counter);
  if (!output) return;
  const left = Number(field.dataset.most) - [...field.value.replace(/\r\n/g, "\n")].length;
  output.textContent = `Characters left: ${left}`;
}

// Lengths of time in words beside a number of seconds.
function inWords(seconds) {
  if (!Number.isInteger(seconds) || seconds < 1) return "";
  for (const [size, unit] of [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]]) {
    const number = seconds / size;
    if (Number.isInteger(number) && number >= (unit === "day" ? 2 : 1)) {
      return `= ${number.toLocaleString("en")} ${unit}${number === 1 ? "" : "s"}`;
    }
  }
  return "";
}

function spell(field) {
  const output = document.getElementById(field.dataset.words);
  if (output) output.textContent = inWords(Number(field.value));
}

// Callback URLs: usable only while the Code grant is on; lines are added without a round trip.
function gateCallbacks(form) {
  const code = form.querySelector('[name="grant_types"][value="authorization_code"]');
  const box = form.querySelector("[data-callbacks]");
  if (code && box) box.disabled = !code.checked;
}

function addCallback(button) {
  const form = button.form;
  const list = form.querySelector("[data-callback-lines]");
  const lines = list.querySelectorAll("li");
  if (lines.length >= Number(list.dataset.most)) return;
  const line = lines[lines.length - 1].cloneNode(true);
  line.querySelectorAll(".problem").forEach((problem) => problem.remove());
  list.append(line);
  number(list);
  const input = line.querySelector("input");
  input.value = "";
  input.removeAttribute("aria-invalid");
  input.focus();
  say("Callback URL added");
}

function removeCallback(button) {
  const list = button.closest("[data-callback-lines]");
  const line = button.closest("li");
  const next = line.nextElementSibling || line.previousElementSibling;
  if (next) {
    line.remove();
    number(list);
    next.querySelector("input").focus();
  } else {
    line.querySelector("input").value = "";
  }
  say("Callback URL removed");
}

function number(list) {
  list.querySelectorAll("li").forEach((line, index) => {
    const input = line.querySelector("input");
    input.id = `redirect-uri-${index}`;
    input.setAttribute("aria-label", `Callback URL ${index + 1}`);
    if (input.getAttribute("aria-invalid") !== "true") input.removeAttribute("aria-describedby");
    const button = line.querySelector("button");
    button.value = `remove-callback-${index}`;
    button.setAttribute("aria-label", `Remove callback URL ${index + 1}`);
  });
}

// One language for all samples of all pages.
function chooseLanguage(language) {
  document.querySelectorAll(".code-tabs input").forEach((input) => {
    if (input.value === language) input.checked = true;
  });
}

function remember(name, value) {
  try {
    if (value === undefined) return localStorage.getItem(name);
    localStorage.setItem(name, value);
  } catch {
    // Storage may be switched off; then nothing is remembered.
  }
  return null;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.matches("[data-copy]")) copy(button);
  else if (button.matches("[data-add-callback]")) {
    event.preventDefault();
    addCallback(button);
  } else if (button.matches("[data-remove-callback]")) {
    event.preventDefault();
    removeCallback(button);
  } else if (button.closest("[data-themes]")) {
    event.preventDefault();
    chooseTheme(button);
  } else if (button.matches("[data-show-password]")) {
    const field = document.getElementById(button.dataset.showPassword);
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
    button.textContent = shown ? "Show" : "Hide";
  }
});

document.addEventListener("input", (event) => {
  const field = event.target;
  if (field.dataset.counter) count(field);
  if (field.dataset.words) spell(field);
});

document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.name === "grant_types") gateCallbacks(field.form);
  if (field.matches(".code-tabs input")) {
    chooseLanguage(field.value);
    remember("gatelodge-language", field.value);
  }
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const search = document.querySelector("[data-search]");
  if (search) {
    event.preventDefault();
    search.focus();
    search.select();
  }
});

// Colours change at once; the server remembers them for the next page.
function chooseTheme(button) {
  const theme = button.value;
  if (theme === "system") delete document.documentElement.dataset.bsTheme;
  else document.documentElement.dataset.bsTheme = theme;
  document.querySelectorAll("[data-themes] button").forEach((one) => {
    one.setAttribute("aria-pressed", String(one.value === theme));
  });
  const values = new URLSearchParams(new FormData(button.form));
  values.set("theme", theme);
  fetch(button.form.action, { method: "POST", body: values, redirect: "manual" }).catch(() => {});
}

// Passkeys. The form carries the browser's options, takes the answer along and is sent as usual.
const fromText = (text) => {
  const padded = text.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
};
const toText = (buffer) => {
  if (!buffer) return undefined;
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};

function passkeyOptions(form) {
  const options = JSON.parse(form.dataset.options);
  options.challenge = fromText(options.challenge);
  if (options.user) options.user.id = fromText(options.user.id);
  for (const list of [options.allowCredentials, options.excludeCredentials]) {
    for (const one of list || []) one.id = fromText(one.id);
  }
  return options;
}

function passkeyAnswer(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  }
  const { id, type } = credential;
  return JSON.stringify({ id, rawId: toText(credential.rawId), type, response, clientExtensionResults: {} });
}

const passkeyProblems = {
  InvalidStateError: "This device has a passkey for your account already.",
  NotAllowedError: "No passkey was used. Try again, or choose another way.",
  SecurityError: "Passkeys do not work at this address. Open this site by its own name.",
};
let passkeyWaiting = null;

async function usePasskey(form, mediation) {
  if (passkeyWaiting) passkeyWaiting.abort();
  passkeyWaiting = new AbortController();
  const asked = { publicKey: passkeyOptions(form), signal: passkeyWaiting.signal };
  if (mediation) asked.mediation = mediation;
  const problem = form.querySelector("[data-passkey-problem]");
  problem.hidden = true;
  try {
    const credential = await navigator.credentials[form.dataset.passkey](asked);
    form.elements.credential.value = passkeyAnswer(credential);
    form.submit();
  } catch (error) {
    if (error.name === "AbortError" || mediation) return;
    problem.querySelector("span").textContent = passkeyProblems[error.name] || "The passkey did not work. Try again.";
    problem.hidden = false;
    say(problem.textContent);
  }
}

async function preparePasskey(form) {
  if (!window.PublicKeyCredential) return;
  const start = form.querySelector("[data-passkey-start]");
  start.hidden = false;
  start.disabled = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    usePasskey(form);
  });
  start.addEventListener("click", (event) => {
    event.preventDefault();
    if (form.reportValidity()) usePasskey(form);
  });
  // The browser offers passkeys in the field where the user name is typed.
  const offers = PublicKeyCredential.isConditionalMediationAvailable;
  if ("conditional" in form.dataset && offers && await PublicKeyCredential.isConditionalMediationAvailable()) {
    usePasskey(form, "conditional");
  }
}

// A second click must not send a form twice.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (event.defaultPrevented || !button) return;
  if (event.target.dataset.sent) {
    event.preventDefault();
    return;
  }
  event.target.dataset.sent = "1";
  button.setAttribute("aria-busy", "true");
});

window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-busy]").forEach((one) => one.removeAttribute("aria-busy"));
  });
});

document.querySelectorAll("[data-copy][hidden], [data-show-password][hidden]").forEach((button) => {
  button.hidden = false;
});
document.querySelectorAll("[data-counter]").forEach(count);
document.querySelectorAll("[data-words]").forEach(spell);
document.querySelectorAll("form").forEach(gateCallbacks);
document.querySelectorAll("form[data-passkey]").forEach(preparePasskey);
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
const language = remember("gatelodge-language");
if (language) chooseLanguage(language);
const wanted = document.querySelector("[data-focus]") || document.querySelector('[aria-invalid="true"]');
if (wanted) wanted.focus();
