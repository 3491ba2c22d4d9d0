// What oauth4webapi does against a running server; every exported function is one case.
import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import { refusedPage, signIn } from "./browser.mjs";

const INSECURE = { [oauth.allowInsecureRequests]: true };

async function discover(server, algorithm = "oidc") {
  const issuer = new URL(server.base);
  const answer = await oauth.discoveryRequest(issuer, { algorithm, ...INSECURE });
  return oauth.processDiscoveryResponse(issuer, answer);
}

async function start(server) {
  return {
    as: await discover(server),
    client: { client_id: server.key },
    authentication: oauth.ClientSecretBasic(server.secret),
    redirectUri: server.redirectUri,
    verifier: oauth.generateRandomCodeVerifier(),
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
  };
}

async function address(flow) {
  const target = new URL(flow.as.authorization_endpoint);
  target.search = new URLSearchParams({
    response_type: "code",
    client_id: flow.client.client_id,
    redirect_uri: flow.redirectUri,
    scope: "openid email",
    state: flow.state,
    nonce: flow.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(flow.verifier),
    code_challenge_method: "S256",
  });
  return target;
}

/** Signs in; adds the address the browser came back to. */
async function authorize(server) {
  const flow = await start(server);
  flow.back = await signIn(await address(flow), flow.redirectUri, server.user);
  return flow;
}

async function redeem(flow) {
  const { as, client, back, state, authentication, redirectUri, verifier } = flow;
  const callback = oauth.validateAuthResponse(as, client, back, state);
  const answer = await oauth.authorizationCodeGrantRequest(
    as, client, authentication, callback, redirectUri, verifier, INSECURE,
  );
  const checks = { expectedNonce: flow.nonce, requireIdToken: true };
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, checks);
  await oauth.validateApplicationLevelSignature(as, answer, INSECURE);
  return tokens;
}

async function refreshed(flow, refreshToken) {
  const { as, client, authentication } = flow;
  const answer = await oauth.refreshTokenGrantRequest(
    as, client, authentication, refreshToken, INSECURE,
  );
  return oauth.processRefreshTokenResponse(as, client, answer);
}

async function revoke(flow, token) {
  const { as, client, authentication } = flow;
  const answer = await oauth.revocationRequest(as, client, authentication, token, INSECURE);
  return oauth.processRevocationResponse(answer);
}

async function introspect(flow, token) {
  const { as, client, authentication } = flow;
  const answer = await oauth.introspectionRequest(as, client, authentication, token, INSECURE);
  return oauth.processIntrospectionResponse(as, client, answer);
}

function refusal(error, description) {
  return { name: "ResponseBodyError", status: 400, error, error_description: description };
}

export async function discovery(server) {
  assert.deepEqual(await discover(server), await discover(server, "oauth2"));
  const elsewhere = await oauth.discoveryRequest(new URL(server.base), INSECURE);
  await assert.rejects(
    oauth.processDiscoveryResponse(new URL("https://attacker.example"), elsewhere),
    { code: oauth.JSON_ATTRIBUTE_COMPARISON },
  );
}

export async function codeFlow(server) {
  const flow = await authorize(server);
  const tokens = await redeem(flow);
  const claims = oauth.getValidatedIdTokenClaims(tokens);
  assert.equal(claims.nonce, flow.nonce);
  assert.equal(tokens.expires_in, 86400);
  const { as, client } = flow;
  const answer = await oauth.userInfoRequest(as, client, tokens.access_token, INSECURE);
  const person = await oauth.processUserInfoResponse(as, client, claims.sub, answer);
  assert.equal(person.sub, claims.sub);
  assert.ok(person.email);
}

export async function jwtAccessToken(server) {
  const flow = await authorize(server);
  const { access_token: accessToken } = await redeem(flow);
  const [, payload] = accessToken.split(".");
  const { aud: audience } = JSON.parse(Buffer.from(payload, "base64url"));
  const call = () => new Request(server.api, { headers: { authorization: `Bearer ${accessToken}` } });
  const expected = [audience].flat()[0];
  const claims = await oauth.validateJwtAccessToken(flow.as, call(), expected, INSECURE);
  assert.equal(claims.client_id, server.key);
  await assert.rejects(
    oauth.validateJwtAccessToken(flow.as, call(), "https://other.example", INSECURE),
    { code: "OAUTH_JWT_CLAIM_COMPARISON_FAILED" },
  );
}

export async function refresh(server) {
  const flow = await authorize(server);
  const first = await redeem(flow);
  const second = await refreshed(flow, first.refresh_token);
  assert.notEqual(second.refresh_token, first.refresh_token);
  // The lost-answer case: the same refresh token again yields the same successor.
  const again = await refreshed(flow, first.refresh_token);
  assert.equal(again.refresh_token, second.refresh_token);
}

export async function revocation(server) {
  const flow = await authorize(server);
  const tokens = await redeem(flow);
  assert.equal((await introspect(flow, tokens.access_token)).active, true);
  await revoke(flow, tokens.access_token);
  assert.deepEqual(await introspect(flow, tokens.access_token), { active: false });
  await revoke(flow, tokens.refresh_token);
  await assert.rejects(refreshed(flow, tokens.refresh_token), { error: "invalid_grant" });
}

export async function clientCredentials(server) {
  const { as, client } = await start(server);
  const authentication = oauth.ClientSecretPost(server.secret);
  const answer = await oauth.clientCredentialsGrantRequest(
    as, client, authentication, { scope: "default" }, INSECURE,
  );
  const tokens = await oauth.processClientCredentialsResponse(as, client, answer);
  assert.equal(tokens.scope, "default");
}

export async function wrongSecret(server) {
  const flow = await authorize(server);
  for (const authentication of [oauth.ClientSecretBasic, oauth.ClientSecretPost]) {
    const changed = { ...flow, authentication: authentication("wrong") };
    const error = await redeem(changed).catch((caught) => caught);
    assert.deepEqual([error.code, error.status], [oauth.WWW_AUTHENTICATE_CHALLENGE, 401]);
    assert.deepEqual(await error.response.json(), {
      error_description: "Client Authentication failed.",
      error: "invalid_client",
    });
  }
  // A code is not spent by somebody who cannot authenticate.
  assert.ok((await redeem(flow)).access_token);
}

export async function wrongVerifier(server) {
  const flow = await authorize(server);
  await assert.rejects(
    redeem({ ...flow, verifier: oauth.generateRandomCodeVerifier() }),
    refusal("invalid_grant", "PKCE validation failed"),
  );
  await assert.rejects(
    redeem({ ...(await authorize(server)), verifier: oauth.nopkce }),
    refusal("invalid_grant", "PKCE validation failed"),
  );
}

export async function wrongRedirect(server) {
  const flow = await authorize(server);
  await assert.rejects(
    redeem({ ...flow, redirectUri: `${server.base}/elsewhere` }),
    refusal("invalid_grant", "Callback url mismatch"),
  );
  const page = await refusedPage(await address({ ...flow, redirectUri: `${server.base}/elsewhere` }));
  assert.equal(page.status, 400);
  assert.match(page.text, /redirect_uri is not one the application has registered/);
}

export async function wrongAnswer(server) {
  const { as, client, back, state } = await authorize(server);
  const refuse = (change, message) => {
    const changed = new URL(back);
    change(changed.searchParams);
    assert.throws(() => oauth.validateAuthResponse(as, client, changed, state), message);
  };
  refuse((query) => query.set("state", "other"), /unexpected "state" response parameter value/);
  refuse((query) => query.delete("state"), /response parameter "state" missing/);
  refuse((query) => query.set("iss", "https://attacker.example"), /unexpected "iss"/);
  refuse((query) => query.delete("iss"), /response parameter "iss" \(issuer\) missing/);
}

export async function wrongScope(server) {
  const flow = await start(server);
  const asked = await address(flow);
  asked.searchParams.set("scope", "openid unknown");
  const back = await signIn(asked, flow.redirectUri, server.user);
  assert.throws(() => oauth.validateAuthResponse(flow.as, flow.client, back, flow.state), {
    code: oauth.AUTHORIZATION_RESPONSE_ERROR,
    error: "invalid_scope",
  });
}
