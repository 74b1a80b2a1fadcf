// @azure/keyvault-secrets and -certificates answer the vault's challenge, keep versions, and follow its pollers, in a vault made with @azure/arm-resources.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import test from 'node:test';
import { all, customer, customerCredential, load, operatorCredential, refused } from './cloud.mjs';

const { ResourceManagementClient } = load('@azure/arm-resources');
const { SecretClient } = load('@azure/keyvault-secrets');
const { CertificateClient, DefaultCertificatePolicy } = load('@azure/keyvault-certificates');

const arm = new ResourceManagementClient(customerCredential, customer.subscription);
const vault = `clients${customer.subscription.slice(0, 8)}`;
const vaultId = `/subscriptions/${customer.subscription}/resourceGroups/${customer.group}/providers/Microsoft.KeyVault/vaults/${vault}`;
const url = `https://${vault}.vault.azure.net`;
const often = { intervalInMs: 50 };

async function objectIdOf(credential) {
    const { token } = await credential.getToken('https://management.azure.com/.default');
    return JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).oid;
}

test('keyvault', async t => {
    const step = (name, body) => t.test(name, body);
    const secrets = new SecretClient(url, customerCredential);
    const certificates = new CertificateClient(url, customerCredential);

    await step('a vault is made for its maker', async () => {
        const made = await arm.resources.beginCreateOrUpdateByIdAndWait(vaultId, '2023-07-01', {
            location: 'westus2',
            properties: {
                tenantId: customer.tenant,
                sku: { family: 'A', name: 'standard' },
                accessPolicies: [{
                    tenantId: customer.tenant,
                    objectId: await objectIdOf(customerCredential),
                    permissions: { secrets: ['all'], certificates: ['all'] },
                }],
            },
        });
        assert.equal(made.properties.vaultUri.replace(/\/$/, ''), url);
    });
    await step('a secret has versions', async () => {
        const first = await secrets.setSecret('reading', 'one', { tags: { a: 'b' } });
        const second = await secrets.setSecret('reading', 'two', { expiresOn: new Date(Date.UTC(2035, 0, 1)) });
        assert.equal((await secrets.getSecret('reading')).value, 'two');
        const old = await secrets.getSecret('reading', { version: first.properties.version });
        assert.deepEqual([old.value, old.properties.tags], ['one', { a: 'b' }]);
        assert.equal(second.properties.expiresOn.toISOString(), '2035-01-01T00:00:00.000Z');
        const versions = await all(secrets.listPropertiesOfSecretVersions('reading'));
        assert.deepEqual(versions.map(v => v.version).sort(), [first, second].map(s => s.properties.version).sort());
        const changed = await secrets.updateSecretProperties('reading', first.properties.version, { enabled: false });
        assert.equal(changed.enabled, false);
        await refused(() => secrets.getSecret('reading', { version: first.properties.version }), 403, 'Forbidden');
        await refused(() => secrets.getSecret('nothere'), 404, 'SecretNotFound', 'nothere');
    });
    await step('secrets are listed by page', async () => {
        for (const name of ['s1', 's2', 's3']) {
            await secrets.setSecret(name, name);
        }
        assert.deepEqual((await all(secrets.listPropertiesOfSecrets())).map(s => s.name).sort(), ['reading', 's1', 's2', 's3']);
        const pages = await all(secrets.listPropertiesOfSecrets().byPage({ maxPageSize: 2 }));
        assert.deepEqual(pages.map(page => page.length), [2, 2]);
    });
    await step('a deleted secret is recovered, deleted again, and purged', async () => {
        const poller = await secrets.beginDeleteSecret('reading', often);
        const deleted = await poller.pollUntilDone();
        assert.ok(deleted.deletedOn instanceof Date && deleted.recoveryId);
        await refused(() => secrets.setSecret('reading', 'three'), 409, 'Conflict');
        await (await secrets.beginRecoverDeletedSecret('reading', often)).pollUntilDone();
        assert.equal((await secrets.getSecret('reading')).value, 'two');
        await (await secrets.beginDeleteSecret('reading', often)).pollUntilDone();
        await secrets.purgeDeletedSecret('reading');
        assert.deepEqual(await all(secrets.listDeletedSecrets()), []);
    });
    await step('a certificate is made by the poller, and its secret holds the key', async () => {
        const poller = await certificates.beginCreateCertificate('device', DefaultCertificatePolicy, { ...often, tags: { a: 'b' } });
        const made = await poller.pollUntilDone();
        assert.equal(new X509Certificate(made.cer).subject, 'CN=MyCert');
        assert.equal(made.policy.issuerName, 'Self');
        assert.deepEqual(made.properties.tags, { a: 'b' });
        const secret = await secrets.getSecret('device');
        assert.equal(secret.properties.contentType, 'application/x-pkcs12');
        assert.equal(secret.properties.version, made.properties.version);
        const policy = await certificates.getCertificatePolicy('device');
        assert.deepEqual([policy.keyType, policy.keySize, policy.validityInMonths], ['RSA', 2048, 12]);
        const imported = await certificates.importCertificate('copy', Buffer.from(secret.value, 'base64'));
        assert.deepEqual(Buffer.from(imported.cer), Buffer.from(made.cer));
        assert.deepEqual((await all(certificates.listPropertiesOfCertificates())).map(c => c.name).sort(), ['copy', 'device']);
        await refused(() => certificates.getCertificate('nothere'), 404, 'CertificateNotFound', 'nothere');
        await refused(() => certificates.importCertificate('bad', Buffer.from('no certificate')), 400, 'BadParameter');
    });
    await step('a deleted certificate goes with its secret, and comes back', async () => {
        await (await certificates.beginDeleteCertificate('device', often)).pollUntilDone();
        await refused(() => secrets.getSecret('device'), 404, 'SecretNotFound');
        await (await certificates.beginRecoverDeletedCertificate('device', often)).pollUntilDone();
        await secrets.getSecret('device');
        await (await certificates.beginDeleteCertificate('device', often)).pollUntilDone();
        await certificates.purgeDeletedCertificate('device');
        await refused(() => certificates.getDeletedCertificate('device'), 404, 'CertificateNotFound');
    });
    await step('the challenge names the vault\'s tenant: the client of another tenant asks for no token there', async () => {
        const stranger = new SecretClient(url, operatorCredential);
        await assert.rejects(() => stranger.getSecret('s1'), new RegExp(`not configured to acquire tokens for tenant ${customer.tenant}`));
    });
});
