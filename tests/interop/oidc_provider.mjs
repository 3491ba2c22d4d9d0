// npm's oidc-provider as the upstream of a Gatelodge: node oidc_provider.mjs PORT REDIRECT_URI...
// Everybody who types a login is that person; "unverified" in it makes the address so.
import { Provider } from "oidc-provider";

const [port, ...redirectUris] = process.argv.slice(2);
const provider = new Provider(`http://localhost:${port}`, {
  clients: [
    {
      client_id: "gatelodge",
      client_secret: "upstream-client-secret",
      redirect_uris: redirectUris,
      token_endpoint_auth_method: "client_secret_basic",
    },
  ],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  pkce: { required: () => true },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      name: `Person ${id}`,
      email: `${id}@corp.example`,
      email_verified: !id.includes("unverified"),
    }),
  }),
});
provider.listen(Number(port), "localhost", () => console.log("ready"));
