// Two libraries that sign instead of sending a secret; every exported function is one case.
import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import * as client from "openid-client";
import { signIn } from "./browser.mjs";

const INSECURE = { [oauth.allowInsecureRequests]: true };
const CURVE = { name: "ECDSA", namedCurve: "P-256" };

/** The application's private key with its kid; or another one that goes by the same kid. */
async function signing(server, other = false) {
  const { kid } = server.jwk;
  const key = other
    ? (await crypto.subtle.generateKey(CURVE, false, ["sign", "verify"])).privateKey
    : await crypto.subtle.importKey("jwk", server.jwk, CURVE, false, ["sign"]);
  return { key, kid };
}

async function configured(server, other) {
  const method = client.PrivateKeyJwt(await signing(server, other));
  return client.discovery(new URL(server.base), server.key, undefined, method, {
    execute: [client.allowInsecureRequests],
  });
}

async function authorized(server, config) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri: server.redirectUri,
    scope: "openid",
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
  });
  const back = await signIn(address, server.redirectUri, server.user);
  return [back, { pkceCodeVerifier, expectedState, idTokenExpected: true }];
}

export async function openidClient(server) {
  const config = await configured(server);
  const [back, checks] = await authorized(server, config);
  const first = await client.authorizationCodeGrant(config, back, checks);
  assert.deepEqual(first.claims().aud, [server.key]);
  const second = await client.refreshTokenGrant(config, first.refresh_token);
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.equal((await client.tokenIntrospection(config, second.access_token)).active, true);
  await client.tokenRevocation(config, second.refresh_token);
  await assert.rejects(client.refreshTokenGrant(config, second.refresh_token), {
    status: 400,
    error: "invalid_grant",
  });
}

export async function openidClientOtherKey(server) {
  const right = await configured(server);
  const wrong = await configured(server, true);
  const [back, checks] = await authorized(server, right);
  const refused = { status: 401, code: "OAUTH_WWW_AUTHENTICATE_CHALLENGE" };
  await assert.rejects(client.authorizationCodeGrant(wrong, back, checks), refused);
  // A code is not spent by somebody who cannot authenticate.
  const tokens = await client.authorizationCodeGrant(right, back, checks);
  await assert.rejects(client.refreshTokenGrant(wrong, tokens.refresh_token), refused);
  await assert.rejects(client.tokenRevocation(wrong, tokens.refresh_token), refused);
  assert.ok((await client.refreshTokenGrant(right, tokens.refresh_token)).access_token);
}

async function flowOf(server) {
  const issuer = new URL(server.base);
  const found = await oauth.discoveryRequest(issuer, INSECURE);
  const as = await oauth.processDiscoveryResponse(issuer, found);
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const address = new URL(as.authorization_endpoint);
  address.search = new URLSearchParams({
    response_type: "code",
    client_id: server.key,
    redirect_uri: server.redirectUri,
    scope: "openid",
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  const back = await signIn(address, server.redirectUri, server.user);
  return { as, me: { client_id: server.key }, verifier, state, back, uri: server.redirectUri };
}

async function redeemed({ as, me, verifier, state, back, uri }, proof) {
  const callback = oauth.validateAuthResponse(as, me, back, state);
  const answer = await oauth.authorizationCodeGrantRequest(
    as, me, proof, callback, uri, verifier, INSECURE,
  );
  return oauth.processAuthorizationCodeResponse(as, me, answer, { requireIdToken: true });
}

async function refreshed({ as, me }, proof, refreshToken) {
  const answer = await oauth.refreshTokenGrantRequest(as, me, proof, refreshToken, INSECURE);
  return oauth.processRefreshTokenResponse(as, me, answer);
}

async function revoked({ as, me }, proof, refreshToken) {
  const answer = await oauth.revocationRequest(as, me, proof, refreshToken, INSECURE);
  return oauth.processRevocationResponse(answer);
}

export async function oauth4webapi(server) {
  const flow = await flowOf(server);
  const proof = oauth.PrivateKeyJwt(await signing(server));
  const first = await redeemed(flow, proof);
  const second = await refreshed(flow, proof, first.refresh_token);
  assert.notEqual(second.refresh_token, first.refresh_token);
  await revoked(flow, proof, second.refresh_token);
  await assert.rejects(refreshed(flow, proof, second.refresh_token), { error: "invalid_grant" });
}

export async function oauth4webapiRefusals(server) {
  const flow = await flowOf(server);
  const right = await signing(server);
  const tokens = await redeemed(flow, oauth.PrivateKeyJwt(right));
  const changed = (change) =>
    oauth.PrivateKeyJwt(right, { [oauth.modifyAssertion]: (_, claims) => change(claims) });
  const once = changed((claims) => Object.assign(claims, { jti: "an-identifier-that-comes-twice" }));
  await refreshed(flow, once, tokens.refresh_token);
  const wrong = [
    [oauth.PrivateKeyJwt(await signing(server, true)), "has signed it"],
    [changed((claims) => Object.assign(claims, { aud: flow.as.token_endpoint })), "aud"],
    [changed((claims) => Object.assign(claims, { exp: claims.iat - 600 })), "exp"],
    [once, "used before"],
  ];
  for (const [proof, why] of wrong) {
    for (const use of [refreshed, revoked]) {
      const error = await use(flow, proof, tokens.refresh_token).catch((caught) => caught);
      assert.equal(error.status, 401);
      const body = await error.response.json();
      assert.equal(body.error, "invalid_client");
      assert.ok(body.error_description.includes(why), `${why}: ${body.error_description}`);
    }
  }
}
