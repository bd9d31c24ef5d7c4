// SPDX-License-Identifier: Apache-2.0
//
// The proof that graph_sim is a Graph: MSAL for Node logs in to it, with a secret and with a
// certificate, and the Microsoft Graph SDK pages through /users and /users/delta to their ends.
//   node sdk_proof.js SIM_FOLDER TRUTH_FOLDER
// SIM_FOLDER is graph_sim's --folder, TRUTH_FOLDER has the pages that make_tenant wrote of the same
// tenant. NODE_EXTRA_CA_CERTS names graph_sim's ca.pem. Started by run.sh.
'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { ConfidentialClientApplication } = require('@azure/msal-node');
const { Client, PageIterator } = require('@microsoft/microsoft-graph-client');

const TENANT = '0f3a7d12-6c1b-4a5e-9a53-51a1c0de0001';
const CLIENT_ID = '7b1e2c44-90d5-4f0e-8a11-51a1c0de0002';
const PROPERTIES = [
  'id', 'accountEnabled', 'displayName', 'userPrincipalName', 'userType', 'mail', 'mailNickname',
  'proxyAddresses', 'onPremisesImmutableId', 'onPremisesSyncEnabled',
  'onPremisesDistinguishedName', 'onPremisesDomainName', 'onPremisesSamAccountName',
  'onPremisesUserPrincipalName', 'onPremisesExtensionAttributes',
];

const [simFolder, truthFolder] = process.argv.slice(2);
const read = (name) => fs.readFileSync(path.join(simFolder, name), 'utf8').trim();
const url = read('url');

/** What graph_sim itself says and does, beside what a Graph does. */
async function control(method, where, body) {
  const response = await fetch(url + where, {
    method, body: body === undefined ? undefined : JSON.stringify(body),
  });
  assert.equal(response.status, 200, `${method} ${where}`);
  return response.json();
}

function application(credentials) {
  return new ConfidentialClientApplication({
    auth: {
      clientId: CLIENT_ID,
      authority: `${url}/${TENANT}`,
      knownAuthorities: [new URL(url).host],
      ...credentials,
    },
  });
}

/** A Graph client that logs in with these credentials. */
function graphClient(credentials) {
  const app = application(credentials);
  return Client.init({
    baseUrl: `${url}/`,
    defaultVersion: 'v1.0',
    customHosts: new Set([new URL(url).hostname]),
    authProvider: (done) => {
      app.acquireTokenByClientCredential({ scopes: ['https://graph.microsoft.com/.default'] })
        .then((result) => done(null, result.accessToken), (error) => done(error, null));
    },
  });
}

function certificate() {
  const pem = read('app-cert.pem');
  const der = new crypto.X509Certificate(pem).raw;
  return {
    clientCertificate: {
      thumbprintSha256: crypto.createHash('sha256').update(der).digest('hex'),
      privateKey: read('app-key.pem'),
      x5c: pem,
    },
  };
}

/** All users that a request leads to, in their order, and the deltaLink at its end. */
async function readAll(client, request) {
  const users = [];
  const iterator = new PageIterator(client, await request.get(), (user) => {
    users.push(user);
    return true;
  });
  await iterator.iterate();
  assert.ok(iterator.isComplete());
  return { users, deltaLink: iterator.getDeltaLink() };
}

/** Puts a round of a delta on top of what is known: the last occurrence of an id wins. */
function takeIn(users, known) {
  for (const user of users) {
    if (user['@removed'] !== undefined) known.delete(user.id);
    else known.set(user.id, user);
  }
}

/** Absent, null and empty are one. */
function withoutEmpty(value) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value)
    .map(([name, member]) => [name, withoutEmpty(member)])
    .filter(([, member]) => member !== null &&
      !(typeof member === 'object' && Object.keys(member).length === 0))
    .sort(([a], [b]) => (a < b ? -1 : 1)));
}

function assertSame(known, truth, what) {
  assert.equal(known.size, truth.size, `${what}: how many`);
  for (const [id, user] of truth) {
    assert.deepEqual(withoutEmpty(known.get(id)), withoutEmpty(user), `${what}: ${id}`);
  }
}

function madeTenant() {
  const users = new Map();
  for (const name of fs.readdirSync(truthFolder).sort()) {
    const page = JSON.parse(fs.readFileSync(path.join(truthFolder, name), 'utf8'));
    takeIn(page.value, users);
  }
  return users;
}

async function tenantNow() {
  return new Map((await control('GET', '/sim/users')).map((user) => [user.id, user]));
}

/** The whole way with one kind of credentials. `truth`: by id. */
async function prove(name, credentials, truth, seed) {
  const client = graphClient(credentials);

  const list = await readAll(client, client.api('/users').select(PROPERTIES).top(999));
  assertSame(new Map(list.users.map((user) => [user.id, user])), truth, 'list');
  assert.equal(list.users.length, truth.size);
  console.log(`${name}: /users: ${list.users.length} users, as make_tenant wrote them`);

  const range = await readAll(client, client.api('/users').select(['id', 'userPrincipalName'])
    .filter("userPrincipalName ge 'm' and userPrincipalName le 'o'"));
  const inRange = [...truth.values()].filter((user) => user.userPrincipalName >= 'm' &&
    user.userPrincipalName <= 'o');
  assert.equal(range.users.length, inRange.length);
  console.log(`${name}: /users in a range: ${range.users.length} users`);

  const count = await client.api('/users/$count').header('ConsistencyLevel', 'eventual').get();
  assert.equal(Number(count), truth.size);

  const first = await readAll(client, client.api('/users/delta').select(PROPERTIES));
  const known = new Map();
  takeIn(first.users, known);
  assertSame(known, truth, 'delta');
  console.log(`${name}: /users/delta: ${first.users.length} entries, ${known.size} users, as ` +
    'make_tenant wrote them');

  const made = await control('POST', '/sim/random', { count: 300, seed,
    kinds: ['set', 'clear', 'rename', 'remove', 'delete', 'restore', 'add', 'anchor'] });
  assert.equal(made.changes.length, 300);
  const second = await readAll(client, client.api(first.deltaLink));
  takeIn(second.users, known);
  const now = await tenantNow();
  assertSame(known, now, 'second round');
  console.log(`${name}: second round: ${second.users.length} entries after 300 changes, ` +
    `${known.size} users, as graph_sim holds them`);

  const third = await readAll(client, client.api(second.deltaLink));
  assert.equal(third.users.length, 0);

  await control('POST', '/sim/faults', { path: '/users?', kind: '429', retry_after: '1' });
  const patient = await client.api('/users').select('id').top(1).get();
  assert.equal(patient.value.length, 1);
  console.log(`${name}: the SDK's own retry after a 429 went through`);
  return now;
}

async function main() {
  const wrong = application({ clientSecret: 'wrong' });
  await assert.rejects(
    wrong.acquireTokenByClientCredential({ scopes: ['https://graph.microsoft.com/.default'] }),
    (error) => error.errorCode === 'invalid_client' && /AADSTS7000215/.test(error.message));
  console.log('MSAL understands how a wrong secret is refused');

  const after = await prove('secret', { clientSecret: read('secret') }, madeTenant(), 7);
  await prove('certificate', certificate(), after, 8);

  const client = graphClient(certificate());
  const read1 = await readAll(client, client.api('/users/delta').select('id'));
  await control('POST', '/sim/expire-deltas');
  await assert.rejects(client.api(read1.deltaLink).get(),
    (error) => error.code === 'syncStateNotFound' && error.statusCode === 400);
  console.log('the SDK sees syncStateNotFound');
  console.log('ok');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
