// @azure/arm-healthcareapis makes, changes, lists and deletes what the resource provider serves; its pollers follow each long operation.
import assert from 'node:assert/strict';
import test from 'node:test';
import { all, customer, customerCredential, fixture, load, refused, watch } from './cloud.mjs';

const { HealthcareApisManagementClient } = load('@azure/arm-healthcareapis');

const eye = watch();
const client = new HealthcareApisManagementClient(customerCredential, customer.subscription, eye.options);
const group = customer.group;
const [ws, ic, dest] = ['clientws', 'ic1', 'dest1'];
const workspaceId = `/subscriptions/${customer.subscription}/resourceGroups/${group}/providers/Microsoft.HealthcareApis/workspaces/${ws}`;
const connectorId = `${workspaceId}/iotconnectors/${ic}`;

const connector = {
    location: 'westus2',
    identity: { type: 'SystemAssigned' },
    ingestionEndpointConfiguration: {
        eventHubName: customer.hub,
        consumerGroup: 'consumerGroupA',
        fullyQualifiedEventHubNamespace: customer.namespace,
    },
    deviceMapping: { content: fixture('heartrate-device-mapping.json') },
};
const destination = {
    location: 'westus2',
    resourceIdentityResolutionType: 'Create',
    fhirServiceResourceId: customer.fhirId,
    fhirMapping: { content: fixture('heartrate-single.json') },
};

test('arm-healthcareapis', async t => {
    const step = (name, body) => t.test(name, body);

    await step('E55 a name that is free', async () => {
        const answer = await client.services.checkNameAvailability({ name: ws, type: 'Microsoft.HealthcareApis/workspaces' });
        assert.equal(answer.nameAvailable, true);
    });
    await step('E20 a workspace is made by the poller', async () => {
        const made = await client.workspaces.beginCreateOrUpdateAndWait(group, ws, { location: 'US West 2', tags: { team: 'ward7' } });
        assert.equal(made.id, workspaceId);
        assert.equal(made.type, 'Microsoft.HealthcareApis/workspaces');
        assert.equal(made.properties.provisioningState, 'Succeeded');
        assert.deepEqual(made.tags, { team: 'ward7' });
        assert.ok(made.systemData.createdAt instanceof Date);
    });
    await step('E55 the name is taken now', async () => {
        const answer = await client.services.checkNameAvailability({ name: ws, type: 'Microsoft.HealthcareApis/workspaces' });
        assert.deepEqual([answer.nameAvailable, answer.reason], [false, 'AlreadyExists']);
    });
    await step('E61 a connector with its identity is made by the poller', async () => {
        const made = await client.iotConnectors.beginCreateOrUpdateAndWait(group, ws, ic, connector);
        assert.equal(made.id, connectorId);
        assert.equal(made.provisioningState, 'Succeeded');
        assert.equal(made.identity.type, 'SystemAssigned');
        assert.match(made.identity.principalId, /^[0-9a-f-]{36}$/);
        assert.equal(made.identity.tenantId, customer.tenant);
        assert.deepEqual(made.ingestionEndpointConfiguration, connector.ingestionEndpointConfiguration);
        assert.deepEqual(made.deviceMapping, connector.deviceMapping);
        const put = eye.seen.find(call => call.method === 'PUT' && call.url.includes(`/iotconnectors/${ic}`));
        assert.equal(put.status, 201);
        assert.match(put.url, /api-version=2023-11-01$/);
        assert.match(put.headers.get('azure-asyncoperation'), /^https:\/\/management\.azure\.com\//);
    });
    await step('E40 DST-01 a destination is made by the poller', async () => {
        const made = await client.iotConnectorFhirDestination.beginCreateOrUpdateAndWait(group, ws, ic, dest, destination);
        assert.equal(made.id, `${connectorId}/fhirdestinations/${dest}`);
        assert.equal(made.provisioningState, 'Succeeded');
        assert.deepEqual(made.fhirMapping, destination.fhirMapping);
        assert.equal(made.fhirServiceResourceId, customer.fhirId);
    });
    await step('E32 all are read and listed', async () => {
        assert.equal((await client.workspaces.get(group, ws)).name, ws);
        assert.equal((await client.iotConnectors.get(group, ws, ic)).name, ic);
        assert.equal((await client.iotConnectorFhirDestination.get(group, ws, ic, dest)).name, dest);
        assert.deepEqual((await all(client.workspaces.listByResourceGroup(group))).map(w => w.name), [ws]);
        assert.deepEqual((await all(client.workspaces.listBySubscription())).map(w => w.name), [ws]);
        assert.deepEqual((await all(client.iotConnectors.listByWorkspace(group, ws))).map(c => c.id), [connectorId]);
        assert.deepEqual((await all(client.fhirDestinations.listByIotConnector(group, ws, ic))).map(d => d.name), [dest]);
    });
    await step('E27 a workspace\'s tags are replaced by an update', async () => {
        const made = await client.workspaces.beginUpdateAndWait(group, ws, { tags: { cost: '1' } });
        assert.deepEqual(made.tags, { cost: '1' });
        assert.equal(made.properties.provisioningState, 'Succeeded');
    });
    await step('E44 pages follow each other', async () => {
        await Promise.all(['dest2', 'dest3'].map(
            name => client.iotConnectorFhirDestination.beginCreateOrUpdateAndWait(group, ws, ic, name, destination)));
        // The client has no parameter for the size of a page; its first page may be any link.
        const first = `https://management.azure.com${connectorId}/fhirdestinations?api-version=2023-11-01&$top=1`;
        const pages = await all(client.fhirDestinations.listByIotConnector(group, ws, ic).byPage({ continuationToken: first }));
        assert.deepEqual(pages.map(page => page.map(d => d.name)), [['dest1'], ['dest2'], ['dest3']]);
    });
    await step('E35 a poller is kept as text and gone on with by another client: the tags change, the identity stays', async () => {
        const before = await client.iotConnectors.get(group, ws, ic);
        const poller = await client.iotConnectors.beginUpdate(group, ic, ws, { tags: { x: 'y' } });
        const other = new HealthcareApisManagementClient(customerCredential, customer.subscription);
        const resumed = await other.iotConnectors.beginUpdate(group, ic, ws, {}, { resumeFrom: poller.toString() });
        const made = await resumed.pollUntilDone();
        assert.deepEqual(made.tags, { x: 'y' });
        assert.deepEqual(made.identity, before.identity);
        assert.deepEqual(made.deviceMapping, before.deviceMapping);
    });
    await step('E28 E43 what is not there is 404', async () => {
        await refused(() => client.workspaces.get(group, 'nothere1'), 404, 'ResourceNotFound', 'nothere1');
        await refused(() => client.workspaces.beginUpdateAndWait(group, 'nothere1', {}), 404, 'ResourceNotFound');
        await refused(() => client.iotConnectors.get(group, ws, 'nothere1'), 404, 'ResourceNotFound');
        await refused(() => all(client.iotConnectors.listByWorkspace(group, 'nothere1')), 404, 'ParentResourceNotFound');
        await refused(() => client.iotConnectorFhirDestination.get(group, ws, ic, 'nothere1'), 404, 'ResourceNotFound');
    });
    await step('E25 E38 E39 E41 E63 IC-01 what is wrong is refused, and the answer names it', async () => {
        const create = (name, change) => () => client.iotConnectors.beginCreateOrUpdateAndWait(group, ws, name, { ...connector, ...change });
        await refused(() => client.workspaces.beginCreateOrUpdateAndWait(group, ws, { location: 'eastus' }), 409, 'InvalidResourceLocation');
        await refused(create('ic2', { location: 'eastus' }), 400, 'LocationNotAvailableForResourceType', 'eastus');
        await refused(create('ic2', { ingestionEndpointConfiguration: { ...connector.ingestionEndpointConfiguration,
            fullyQualifiedEventHubNamespace: 'contoso.example.com' } }), 400, 'InvalidParameter', 'fullyQualifiedEventHubNamespace');
        await refused(create('-a', {}), 400, 'InvalidParameter', '-a');
        const { fhirMapping, ...without } = destination;
        await refused(() => client.iotConnectorFhirDestination.beginCreateOrUpdateAndWait(group, ws, ic, 'dest4', without), 400, 'InvalidParameter', 'fhirMapping');
        await refused(() => client.iotConnectors.beginUpdateAndWait(group, ic, ws, { identity: { type: 'None' } }), 400, 'InvalidParameter', 'identity');
        await refused(() => client.iotConnectors.get('no-such-group', ws, ic), 404, 'ResourceGroupNotFound', 'no-such-group');
    });
    await step('E46 WS-04 a workspace with a connector stays', async () => {
        await refused(() => client.workspaces.beginDeleteAndWait(group, ws), 409, 'CannotDeleteResource', ic);
    });
    await step('E47 E61 a destination and a connector with two more are deleted by the poller', async () => {
        await client.iotConnectorFhirDestination.beginDeleteAndWait(group, ws, ic, dest);
        await refused(() => client.iotConnectorFhirDestination.get(group, ws, ic, dest), 404, 'ResourceNotFound');
        await client.iotConnectors.beginDeleteAndWait(group, ic, ws);
        await refused(() => client.iotConnectors.get(group, ws, ic), 404, 'ResourceNotFound');
        await refused(() => client.iotConnectorFhirDestination.get(group, ws, ic, 'dest2'), 404, 'ResourceNotFound');
    });
    await step('E48 what is gone can be deleted again', async () => {
        await client.iotConnectors.beginDeleteAndWait(group, ic, ws);
        assert.equal(eye.seen.filter(call => call.method === 'DELETE').at(-1).status, 204);
    });
    await step('E56 the operations are listed with what they are called', async () => {
        const operations = await all(client.operations.list());
        const names = operations.map(o => o.name);
        assert.ok(names.includes('Microsoft.HealthcareApis/workspaces/iotconnectors/write'), names.join());
        assert.ok(names.includes('Microsoft.HealthcareApis/register/action'));
        for (const { name, display } of operations) {
            assert.ok(display.provider && display.resource && display.operation && display.description, name);
        }
    });
    await step('a FHIR service in the workspace is made, listed and deleted', async () => {
        const made = await client.fhirServices.beginCreateOrUpdateAndWait(group, ws, 'fs1', {
            location: 'westus2', kind: 'fhir-R4',
            authenticationConfiguration: {
                authority: `https://login.microsoftonline.com/${customer.tenant}`,
                audience: `https://${ws}-fs1.fhir.azurehealthcareapis.com`,
            },
        });
        assert.equal(made.provisioningState, 'Succeeded');
        assert.equal(made.authenticationConfiguration.audience, `https://${ws}-fs1.fhir.azurehealthcareapis.com`);
        assert.equal((await client.fhirServices.get(group, ws, 'fs1')).id, `${workspaceId}/fhirservices/fs1`);
        assert.deepEqual((await all(client.fhirServices.listByWorkspace(group, ws))).map(f => f.name), ['fs1']);
        await client.fhirServices.beginDeleteAndWait(group, 'fs1', ws);
        await refused(() => client.fhirServices.get(group, ws, 'fs1'), 404, 'ResourceNotFound');
    });
    await step('the customer\'s FHIR service of the first generation is read and listed', async () => {
        const name = customer.fhirId.split('/').at(-1);
        const found = await client.services.get(group, name);
        assert.equal(found.properties.authenticationConfiguration.audience, customer.fhirUrl);
        assert.deepEqual((await all(client.services.list())).map(s => s.name), [name]);
        assert.deepEqual((await all(client.services.listByResourceGroup(group))).map(s => s.name), [name]);
    });
    await step('what the cloud does not have says so', async () => {
        await refused(() => client.dicomServices.get(group, ws, 'dc1'), 404, 'InvalidResourceType', 'dicomservices');
        await refused(() => client.workspacePrivateEndpointConnections.get(group, ws, 'pe1'), 404, 'InvalidResourceType', 'privateEndpointConnections');
        await refused(() => client.workspacePrivateLinkResources.get(group, ws, 'pl1'), 404, 'InvalidResourceType', 'privateLinkResources');
        await refused(() => client.privateEndpointConnections.get(group, 'svc1', 'pe1'), 404, 'InvalidResourceType', 'privateEndpointConnections');
    });
    await step('WS-01 the workspace is deleted by the poller, and nothing is left of it', async () => {
        await client.workspaces.beginDeleteAndWait(group, ws);
        await refused(() => client.workspaces.get(group, ws), 404, 'ResourceNotFound');
        assert.deepEqual(await all(client.workspaces.listByResourceGroup(group)), []);
    });
});
