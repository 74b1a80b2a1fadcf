// @azure/arm-resources deploys a template, asks what it would change, and works on groups, resources and providers.
import assert from 'node:assert/strict';
import test from 'node:test';
import { all, customer, customerCredential, fixture, load, refused, values, watch } from './cloud.mjs';

const { ResourceManagementClient } = load('@azure/arm-resources');

const eye = watch();
const client = new ResourceManagementClient(customerCredential, customer.subscription, eye.options);
const group = customer.group;
const ws = 'clienttp';
const workspaceId = `/subscriptions/${customer.subscription}/resourceGroups/${group}/providers/Microsoft.HealthcareApis/workspaces/${ws}`;
const connectorId = `${workspaceId}/iotconnectors/myconnector`;
const api = '2023-11-01';

const deployment = {
    properties: {
        mode: 'Incremental',
        template: fixture('template-connector.json'),
        parameters: values({
            workspaceName: ws, region: 'US West 2', hubNamespace: customer.namespace, hubName: customer.hub,
            hubId: customer.hubId, fhirId: customer.fhirId, destinations: ['first'],
        }),
    },
};
// A template of one resource that no provider serves slowly, for what is about deployments themselves.
const small = change => ({
    properties: {
        mode: 'Incremental',
        template: {
            $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
            contentVersion: '1.0.0.0',
            resources: [],
            outputs: { sum: { type: 'int', value: '[add(2, 3)]' } },
            ...change,
        },
    },
});

test('arm-resources', async t => {
    const step = (name, body) => t.test(name, body);

    await step('the provider and its types are there', async () => {
        const provider = await client.providers.get('Microsoft.HealthcareApis');
        const type = provider.resourceTypes.find(type => type.resourceType === 'workspaces/iotconnectors');
        assert.equal(provider.registrationState, 'Registered');
        assert.ok(type.apiVersions.includes(api), type.apiVersions.join());
        const names = (await all(client.providers.list())).map(p => p.namespace);
        assert.ok(names.includes('Microsoft.HealthcareApis') && names.includes('Microsoft.EventHub'), names.join());
    });
    await step('a template is valid, and what it would make is told', async () => {
        const valid = await client.deployments.beginValidateAndWait(group, ws, deployment);
        assert.equal(valid.error, undefined);
        const what = await client.deployments.beginWhatIfAndWait(group, ws, deployment);
        assert.equal(what.status, 'Succeeded');
        assert.deepEqual(what.changes.map(change => change.changeType).filter(type => type !== 'Ignore'), Array(5).fill('Create'));
    });
    await step('ARM-06 IC-06 a template makes workspace, connector, destination and roles', async () => {
        const made = await client.deployments.beginCreateOrUpdateAndWait(group, ws, deployment);
        assert.equal(made.properties.provisioningState, 'Succeeded');
        assert.equal(made.properties.outputs.connectorId.value, connectorId);
        assert.match(made.properties.outputs.principalId.value, /^[0-9a-f-]{36}$/);
        assert.equal(made.properties.outputResources.length, 5);
        assert.ok(made.properties.timestamp instanceof Date);
        const connector = await client.resources.getById(connectorId, api);
        assert.equal(connector.identity.principalId, made.properties.outputs.principalId.value);
    });
    await step('the deployment is found, with its operations and its template', async () => {
        assert.equal((await client.deployments.checkExistence(group, ws)).body, true);
        assert.equal((await client.deployments.get(group, ws)).name, ws);
        assert.deepEqual((await all(client.deployments.listByResourceGroup(group))).map(d => d.name), [ws]);
        const operations = await all(client.deploymentOperations.list(group, ws));
        assert.equal(operations.filter(o => o.properties.provisioningOperation === 'Create').length, 5);
        const one = await client.deploymentOperations.get(group, ws, operations[0].operationId);
        assert.equal(one.properties.provisioningState, 'Succeeded');
        const exported = await client.deployments.exportTemplate(group, ws);
        assert.equal(exported.template.resources.length, deployment.properties.template.resources.length);
    });
    await step('a template of the subscription has outputs', async () => {
        const made = await client.deployments.beginCreateOrUpdateAtSubscriptionScopeAndWait('sub', { location: 'westus2', ...small({}) });
        assert.deepEqual(made.properties.outputs.sum.value, 5);
        await client.deployments.beginDeleteAtSubscriptionScopeAndWait('sub');
        assert.equal((await client.deployments.checkExistenceAtSubscriptionScope('sub')).body, false);
    });
    await step('a wrong template is refused, and one that fails tells why', async () => {
        const wrong = small({ outputs: { sum: { type: 'int', value: '[nothing(2)]' } } });
        await refused(() => client.deployments.beginCreateOrUpdateAndWait(group, 'wrong', wrong), 400, 'InvalidTemplate', 'nothing');
        const failing = small({ resources: [{
            type: 'Microsoft.HealthcareApis/workspaces/iotconnectors', apiVersion: api, name: `${ws}/noidentity`,
            location: 'westus2', properties: {} }] });
        await assert.rejects(() => client.deployments.beginCreateOrUpdateAndWait(group, 'failing', failing), /DeploymentFailed/);
        const kept = await client.deployments.get(group, 'failing');
        assert.equal(kept.properties.provisioningState, 'Failed');
        assert.equal(kept.properties.error.code, 'DeploymentFailed');
        assert.match(JSON.stringify(kept.properties.error.details), /identity/);
        await refused(() => client.deployments.get(group, 'nothere'), 404, 'DeploymentNotFound', 'nothere');
    });
    await step('resources are listed, looked for, and tagged', async () => {
        const found = await all(client.resources.list({ filter: "resourceType eq 'Microsoft.HealthcareApis/workspaces'" }));
        assert.deepEqual(found.map(r => r.name), [ws]);
        const inGroup = await all(client.resources.listByResourceGroup(group));
        assert.ok(inGroup.some(r => r.id === workspaceId), inGroup.map(r => r.id).join());
        assert.equal((await client.resources.checkExistenceById(workspaceId, api)).body, true);
        assert.equal((await client.resources.checkExistenceById(`${workspaceId}x`, api)).body, false);
        const tagged = await client.resources.beginUpdateByIdAndWait(workspaceId, api, { tags: { cost: '1' } });
        assert.deepEqual(tagged.tags, { cost: '1' });
    });
    await step('E59 a group is made, found, and deleted with what is in it', async () => {
        const made = await client.resourceGroups.createOrUpdate('clients-rg', { location: 'West US 2', tags: { a: 'b' } });
        assert.equal(made.properties.provisioningState, 'Succeeded');
        assert.equal((await client.resourceGroups.checkExistence('clients-rg')).body, true);
        const id = `/subscriptions/${customer.subscription}/resourceGroups/clients-rg/providers/Microsoft.HealthcareApis/workspaces/clientgone`;
        const ws2 = await client.resources.beginCreateOrUpdateByIdAndWait(id, api, { location: 'westus2', properties: {} });
        assert.equal(ws2.properties.provisioningState, 'Succeeded');
        assert.ok((await all(client.resourceGroups.list())).some(g => g.name === 'clients-rg'));
        await client.resourceGroups.beginDeleteAndWait('clients-rg');
        assert.equal((await client.resourceGroups.checkExistence('clients-rg')).body, false);
        await refused(() => client.resources.getById(id, api), 404, 'ResourceGroupNotFound', 'clients-rg');
    });
    await step('E47 a connector is deleted by its id', async () => {
        await client.resources.beginDeleteByIdAndWait(connectorId, api);
        assert.equal((await client.resources.checkExistenceById(connectorId, api)).body, false);
    });
});
