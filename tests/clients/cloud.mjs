// What the files share: the clients' modules, the customer's names in this cloud, and an eye on what the clients send.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

// The packages stand in the build folder, not beside the sources.
export const load = createRequire(`${process.env.IOMT_CLIENTS}/`);

const { ClientSecretCredential } = load('@azure/identity');
const env = process.env;

export const customer = {
    tenant: env.AZURE_TENANT_ID,
    subscription: env.AZURE_SUBSCRIPTION_ID,
    group: env.IOMT_RESOURCE_GROUP,
    namespace: env.IOMT_EVENTHUB_NAMESPACE,
    hub: env.IOMT_EVENTHUB,
    hubId: env.IOMT_EVENTHUB_ID,
    fhirId: env.IOMT_FHIR_ID,
    fhirUrl: env.IOMT_FHIR_URL,
};

export const provider = {
    tenant: env.IOMT_PROVIDER_TENANT_ID,
    subscription: env.IOMT_PROVIDER_SUBSCRIPTION_ID,
};

// The one setting that is not a client's default: MSAL does not ask login.microsoftonline.com whether login.microsoftonline.com exists.
const offline = { disableInstanceDiscovery: true };
export const customerCredential = new ClientSecretCredential(env.AZURE_TENANT_ID, env.AZURE_CLIENT_ID, env.AZURE_CLIENT_SECRET, offline);
export const operatorCredential = new ClientSecretCredential(
    env.IOMT_PROVIDER_TENANT_ID, env.IOMT_OPERATOR_CLIENT_ID, env.IOMT_OPERATOR_CLIENT_SECRET, offline);

// Remembers each request with its answer; `options` goes into a client's constructor.
export function watch() {
    const seen = [];
    const policy = {
        name: 'watch',
        async sendRequest(request, next) {
            const response = await next(request);
            seen.push({ method: request.method, url: request.url, body: request.body, status: response.status, headers: response.headers });
            return response;
        },
    };
    return { seen, options: { additionalPolicies: [{ policy, position: 'perRetry' }] } };
}

// The call is refused with this status and code, and the message names each of the words.
export async function refused(call, status, code, ...words) {
    const error = await call().then(() => assert.fail(`not refused: expected ${status} ${code}`), error => error);
    assert.equal(error.name, 'RestError', `${error.stack}`);
    assert.deepEqual([error.statusCode, error.code], [status, code], error.message);
    for (const word of words) {
        assert.match(error.message, new RegExp(word, 'i'));
    }
    return error;
}

export async function all(iterator) {
    const items = [];
    for await (const item of iterator) {
        items.push(item);
    }
    return items;
}

export const fixture = name => JSON.parse(readFileSync(new URL(`../../scenarios/fixtures/${name}`, import.meta.url)));

// Parameters of a deployment.
export const values = object => Object.fromEntries(Object.entries(object).map(([name, value]) => [name, { value }]));
