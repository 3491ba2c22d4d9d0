// npm's oidc-provider for our own client: one native application, on a free port of this machine.
// Prints the port, then a line `token STATUS` for each answer of its token endpoint.
import { Provider } from "oidc-provider";
import { createServer } from "node:http";

const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";
const server = createServer();

server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "sdk",
        client_secret: "consumer-secret",
        application_type: "native",
        grant_types: ["authorization_code", "refresh_token", "client_credentials", DEVICE],
        redirect_uris: ["http://127.0.0.1/callback"],
      },
    ],
    cookies: { keys: ["only for tests"] },
    features: {
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
    },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    issueRefreshToken: () => true,
    rotateRefreshToken: () => true,
    ttl: { AccessToken: () => 3600 },
  });
  const serve = provider.callback();
  server.on("request", (request, answer) => {
    if (request.url === "/token") {
      answer.on("finish", () => process.stdout.write(`token ${answer.statusCode}\n`));
    }
    serve(request, answer);
  });
  process.stdout.write(`${server.address().port}\n`);
});
