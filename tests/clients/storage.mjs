// @azure/storage-blob keeps blobs, their metadata, conditions and leases, by token and by key of an account made with @azure/arm-resources.
import assert from 'node:assert/strict';
import test from 'node:test';
import { all, customer, customerCredential, load, operatorCredential, refused } from './cloud.mjs';

const { ResourceManagementClient } = load('@azure/arm-resources');
const { BlobServiceClient, StorageSharedKeyCredential } = load('@azure/storage-blob');
const { createPipelineRequest } = load('@azure/core-rest-pipeline');

const arm = new ResourceManagementClient(customerCredential, customer.subscription);
const account = `clients${customer.subscription.slice(0, 8)}`;
const accountId = `/subscriptions/${customer.subscription}/resourceGroups/${customer.group}/providers/Microsoft.Storage/storageAccounts/${account}`;
const url = `https://${account}.blob.core.windows.net`;
const oneTry = { retryOptions: { maxTries: 1 } };

test('storage-blob', async t => {
    const step = (name, body) => t.test(name, body);
    const service = new BlobServiceClient(url, customerCredential);
    const container = service.getContainerClient('readings');
    let sharedKey;

    await step('an account is made, and its keys are told', async () => {
        const made = await arm.resources.beginCreateOrUpdateByIdAndWait(accountId, '2024-01-01', {
            location: 'westus2', kind: 'StorageV2', sku: { name: 'Standard_LRS' }, properties: {} });
        assert.equal(made.properties.primaryEndpoints.blob, `${url}/`);
        const answer = await arm.sendRequest(createPipelineRequest({
            method: 'POST', url: `https://management.azure.com${accountId}/listKeys?api-version=2024-01-01` }));
        sharedKey = new StorageSharedKeyCredential(account, JSON.parse(answer.bodyAsText).keys[0].value);
    });
    await step('a container is made once', async () => {
        await refused(() => container.getProperties(), 404, 'ContainerNotFound');
        await container.create({ metadata: { purpose: 'tests' } });
        await refused(() => container.create(), 409, 'ContainerAlreadyExists');
        assert.equal((await container.createIfNotExists()).succeeded, false);
        assert.deepEqual((await container.getProperties()).metadata, { purpose: 'tests' });
        assert.deepEqual((await all(service.listContainers())).map(c => c.name), ['readings']);
    });
    await step('a blob is written and read, whole and in part', async () => {
        const blob = container.getBlockBlobClient('a/ä ö.txt');
        await blob.upload('hello world', 11, { metadata: { ownerid: 'me' }, blobHTTPHeaders: { blobContentType: 'text/plain' } });
        assert.equal((await blob.downloadToBuffer()).toString(), 'hello world');
        assert.equal((await blob.downloadToBuffer(6, 5)).toString(), 'world');
        const found = await blob.getProperties();
        assert.deepEqual([found.contentLength, found.contentType, found.blobType], [11, 'text/plain', 'BlockBlob']);
        assert.deepEqual(found.metadata, { ownerid: 'me' });
        assert.equal(await container.getBlobClient('nothere').exists(), false);
        await refused(() => container.getBlobClient('nothere').download(), 404, 'BlobNotFound');
    });
    await step('conditions hold', async () => {
        const blob = container.getBlockBlobClient('checkpoint');
        const { etag } = await blob.upload('', 0, { conditions: { ifNoneMatch: '*' } });
        await refused(() => blob.upload('', 0, { conditions: { ifNoneMatch: '*' } }), 409, 'BlobAlreadyExists');
        const second = await blob.setMetadata({ ownerid: 'a' }, { conditions: { ifMatch: etag } });
        await refused(() => blob.setMetadata({ ownerid: 'b' }, { conditions: { ifMatch: etag } }), 412, 'ConditionNotMet');
        await blob.setMetadata({ ownerid: '' }, { conditions: { ifMatch: second.etag } });
    });
    await step('blobs are listed: with metadata, by page, by folder', async () => {
        for (const name of ['b/1', 'b/2', 'c']) {
            await container.getBlockBlobClient(name).upload(name, name.length);
        }
        const found = await all(container.listBlobsFlat({ includeMetadata: true }));
        assert.deepEqual(found.map(b => b.name), ['a/ä ö.txt', 'b/1', 'b/2', 'c', 'checkpoint']);
        assert.deepEqual(found[0].metadata, { ownerid: 'me' });
        assert.ok(found[0].properties.etag && found[0].properties.lastModified instanceof Date);
        const pages = await all(container.listBlobsFlat().byPage({ maxPageSize: 2 }));
        assert.deepEqual(pages.map(page => page.segment.blobItems.length), [2, 2, 1]);
        const tops = await all(container.listBlobsByHierarchy('/'));
        assert.deepEqual(tops.map(item => [item.kind, item.name]), [['prefix', 'a/'], ['prefix', 'b/'], ['blob', 'c'], ['blob', 'checkpoint']]);
    });
    await step('a lease keeps others out', async () => {
        const blob = container.getBlockBlobClient('c');
        const lease = blob.getBlobLeaseClient();
        await lease.acquireLease(-1);
        await refused(() => blob.delete(), 412, 'LeaseIdMissing');
        await lease.renewLease();
        assert.equal((await blob.getProperties()).leaseState, 'leased');
        await lease.releaseLease();
        await blob.delete();
    });
    await step('the account\'s key opens it, another does not, nor does a stranger\'s token', async () => {
        const byKey = new BlobServiceClient(url, sharedKey).getContainerClient('readings').getBlockBlobClient('b/ä +%20?');
        await byKey.upload('x', 1, { metadata: { b: '2', a: '1' } });
        assert.equal((await byKey.downloadToBuffer()).toString(), 'x');
        const wrong = new StorageSharedKeyCredential(account, Buffer.from('another').toString('base64'));
        await refused(() => new BlobServiceClient(url, wrong, oneTry).getContainerClient('readings').getProperties(), 403, 'AuthenticationFailed');
        const stranger = new BlobServiceClient(url, operatorCredential, oneTry).getContainerClient('readings');
        await assert.rejects(() => stranger.getProperties(), error => [401, 403].includes(error.statusCode));
    });
    await step('what is not served says so', async () => {
        const staged = container.getBlockBlobClient('blocks');
        await refused(() => staged.stageBlock(Buffer.from('1').toString('base64'), 'x', 1), 501, 'NotImplemented');
    });
    await step('the container is deleted', async () => {
        assert.equal((await container.deleteIfExists()).succeeded, true);
        assert.equal((await container.deleteIfExists()).succeeded, false);
        assert.equal(await container.exists(), false);
    });
});
