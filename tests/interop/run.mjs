// Runs one case of one library's module: node run.mjs ./openid_client.mjs codeFlow '{"base": ...}'
const [module, name, server] = process.argv.slice(2);
const cases = await import(module);
await cases[name](JSON.parse(server));
