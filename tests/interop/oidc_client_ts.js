// A single-page application on npm's oidc-client-ts; the test reads what it writes on its page.
const facts = JSON.parse(localStorage.getItem("facts") ?? "null");
const { UserManager, WebStorageStateStore } = window.oidc;

const manager =
  facts &&
  new UserManager({
    authority: facts.base,
    client_id: facts.key,
    redirect_uri: `${location.origin}/callback`,
    scope: "openid profile email",
    loadUserInfo: true,
    automaticSilentRenew: false,
    monitorSession: false,
    revokeTokenTypes: ["refresh_token", "access_token"],
    userStore: new WebStorageStateStore({ store: localStorage }),
  });

/** What the tests call; each answer is what the library gave. */
window.application = {
  signIn: () => manager.signinRedirect({ nonce: "the nonce of the page" }),
  refresh: async () => told(await manager.signinSilent()),
  revoke: () => manager.revokeTokens(),
};

function told(user) {
  const { access_token, refresh_token, scope, profile } = user;
  return { access_token, refresh_token, scope, profile };
}

function write(outcome) {
  document.getElementById("outcome").textContent = JSON.stringify(outcome);
}

document.getElementById("sign-in").addEventListener("click", window.application.signIn);
if (location.pathname === "/callback") {
  manager.signinRedirectCallback().then(
    (user) => write(told(user)),
    (error) => write({ refused: `${error.name}: ${error.message}` }),
  );
}
