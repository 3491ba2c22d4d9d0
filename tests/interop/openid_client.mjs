// What openid-client does against a running server; every exported function is one case.
import assert from "node:assert/strict";
import * as client from "openid-client";
import { refusedPage, signIn } from "./browser.mjs";

const SCOPE = "openid profile email";

function discover(server, secret = server.secret, authentication = undefined) {
  return client.discovery(new URL(server.base), server.key, secret, authentication, {
    execute: [client.allowInsecureRequests],
  });
}

/** Signs in with PKCE, state and nonce; returns the address the browser came back to. */
async function authorize(server, config) {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  };
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri: server.redirectUri,
    scope: SCOPE,
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
  });
  return { checks, back: await signIn(address, server.redirectUri, server.user) };
}

async function obtain(server, config) {
  const { checks, back } = await authorize(server, config);
  return client.authorizationCodeGrant(config, back, checks);
}

function refusedBody(description) {
  return { status: 400, error: "invalid_grant", error_description: description };
}

export async function discovery(server) {
  const metadata = (await discover(server)).serverMetadata();
  assert.equal(metadata.issuer, server.base);
  assert.equal(metadata.supportsPKCE(), true);
  const oauth = await client.discovery(new URL(server.base), server.key, undefined, undefined, {
    algorithm: "oauth2",
    execute: [client.allowInsecureRequests],
  });
  assert.equal(oauth.serverMetadata().token_endpoint, metadata.token_endpoint);
}

export async function codeFlow(server) {
  const config = await discover(server);
  // Verifies the id_token's signature with the published keys, not only its claims.
  client.enableNonRepudiationChecks(config);
  const tokens = await obtain(server, config);
  const claims = tokens.claims();
  assert.deepEqual([tokens.token_type, tokens.expires_in], ["bearer", 86400]);
  assert.deepEqual(tokens.scope.split(" ").toSorted(), SCOPE.split(" ").toSorted());
  assert.deepEqual(claims.aud, [server.key]);
  const person = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(person.preferred_username, server.login);
}

export async function postAuthentication(server) {
  const config = await discover(server, server.secret, client.ClientSecretPost(server.secret));
  assert.ok((await obtain(server, config)).access_token);
}

export async function basicAuthentication(server) {
  const config = await discover(server, undefined, client.ClientSecretBasic(server.secret));
  assert.ok((await obtain(server, config)).access_token);
}

export async function refresh(server) {
  const config = await discover(server);
  client.enableNonRepudiationChecks(config);
  const first = await obtain(server, config);
  const second = await client.refreshTokenGrant(config, first.refresh_token);
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.notEqual(second.access_token, first.access_token);
  assert.equal(second.claims().sub, first.claims().sub);
  const third = await client.refreshTokenGrant(config, second.refresh_token);
  await assert.rejects(
    client.refreshTokenGrant(config, first.refresh_token),
    refusedBody("Invalid refresh token state"),
  );
  await assert.rejects(
    client.refreshTokenGrant(config, third.refresh_token),
    refusedBody("Invalid refresh token state"),
  );
}

export async function revocation(server) {
  const config = await discover(server);
  const tokens = await obtain(server, config);
  const live = await client.tokenIntrospection(config, tokens.access_token);
  assert.deepEqual([live.active, live.client_id], [true, server.key]);
  await client.tokenRevocation(config, tokens.refresh_token);
  await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token), {
    error: "invalid_grant",
  });
  const after = await client.tokenIntrospection(config, tokens.access_token);
  assert.deepEqual(after, { active: false });
  await client.tokenRevocation(config, "unknown");
}

export async function apiCall(server) {
  const config = await discover(server);
  const { access_token: accessToken } = await obtain(server, config);
  const address = new URL(server.api);
  const answer = await client.fetchProtectedResource(config, accessToken, address, "GET");
  assert.equal((await answer.json())._embedded.account.id, 571700);
  await assert.rejects(client.fetchProtectedResource(config, "unknown", address, "GET"), {
    status: 401,
    code: "OAUTH_WWW_AUTHENTICATE_CHALLENGE",
  });
}

export async function otherGrants(server) {
  const config = await discover(server);
  const own = await client.clientCredentialsGrant(config);
  assert.equal(own.refresh_token, undefined);
  const legacy = await client.genericGrantRequest(config, "password", {
    username: server.user.name,
    password: server.user.password,
    scope: "openid",
  });
  assert.deepEqual(legacy.claims().aud, [server.key]);
}

export async function wrongSecret(server) {
  const config = await discover(server, "wrong");
  const { checks, back } = await authorize(server, config);
  const error = await client.authorizationCodeGrant(config, back, checks).catch((caught) => caught);
  assert.equal(error.code, "OAUTH_WWW_AUTHENTICATE_CHALLENGE");
  assert.deepEqual([error.cause[0].scheme, error.cause[0].parameters.realm.length > 0], ["basic", true]);
}

export async function wrongVerifier(server) {
  const config = await discover(server);
  const { checks, back } = await authorize(server, config);
  const other = { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() };
  await assert.rejects(
    client.authorizationCodeGrant(config, back, other),
    refusedBody("PKCE validation failed"),
  );
}

export async function missingVerifier(server) {
  const config = await discover(server);
  const { checks, back } = await authorize(server, config);
  await assert.rejects(
    client.authorizationCodeGrant(config, back, { ...checks, pkceCodeVerifier: undefined }),
    refusedBody("PKCE validation failed"),
  );
}

export async function wrongRedirect(server) {
  const config = await discover(server);
  const { checks, back } = await authorize(server, config);
  const elsewhere = new URL(back);
  elsewhere.pathname = "/elsewhere";
  await assert.rejects(
    client.authorizationCodeGrant(config, elsewhere, checks),
    refusedBody("Callback url mismatch"),
  );
  const asked = { redirect_uri: "https://attacker.example/callback", scope: "openid" };
  const page = await refusedPage(client.buildAuthorizationUrl(config, asked));
  assert.equal(page.status, 400);
  assert.match(page.text, /redirect_uri is not one the application has registered/);
}

export async function wrongAnswer(server) {
  const config = await discover(server);
  const { checks, back } = await authorize(server, config);
  const changed = (name, value) => {
    const address = new URL(back);
    address.searchParams.delete(name);
    if (value) address.searchParams.set(name, value);
    return client.authorizationCodeGrant(config, address, checks);
  };
  const refusal = (message) => (error) => assert.match(error.cause.message, message) ?? true;
  await assert.rejects(changed("state", "other"), refusal(/unexpected "state"/));
  await assert.rejects(changed("iss", "https://attacker.example"), refusal(/unexpected "iss"/));
  await assert.rejects(changed("iss"), refusal(/"iss" \(issuer\) missing/));
  assert.ok((await client.authorizationCodeGrant(config, back, checks)).access_token);
}

export async function replay(server) {
  const config = await discover(server);
  const { checks, back } = await authorize(server, config);
  const tokens = await client.authorizationCodeGrant(config, back, checks);
  await assert.rejects(
    client.authorizationCodeGrant(config, back, checks),
    refusedBody("Inactive authorization code received from token request"),
  );
  const after = await client.tokenIntrospection(config, tokens.access_token);
  assert.deepEqual(after, { active: false });
}
