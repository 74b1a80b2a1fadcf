// @azure/event-hubs sends telemetry to a connector that was made with @azure/arm-resources, and reads it back; Observations come of it.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import test from 'node:test';
import { customer, customerCredential, fixture, load, operatorCredential, values } from './cloud.mjs';

const { ResourceManagementClient } = load('@azure/arm-resources');
const { EventHubConsumerClient, EventHubProducerClient, earliestEventPosition } = load('@azure/event-hubs');
const { bearerTokenAuthenticationPolicy, createDefaultHttpClient, createPipelineFromOptions, createPipelineRequest } = load('@azure/core-rest-pipeline');

// AMQP in JavaScript knows no proxy: the name stays the namespace's, the socket goes to the listener.
const options = { customEndpointAddress: `https://${process.env.IOMT_AMQPS}` };
const group = 'clientgroup';
// As far apart as the mapping's samples are.
const readings = Array.from({ length: 20 }, (_, at) => ({
    device: 'client-dev', patient: 'client-pat', at: new Date(Date.UTC(2026, 0, 5, 10, 10 * at)).toISOString(), heartrate: 60 + at,
}));

// What a FHIR client would send, by the same pipeline as the Azure clients have.
const http = createDefaultHttpClient();
const pipeline = createPipelineFromOptions({});
pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential: customerCredential, scopes: `${customer.fhirUrl}/.default` }));
async function fhir(path) {
    const answer = await pipeline.sendRequest(http, createPipelineRequest({ url: `${customer.fhirUrl}/${path}` }));
    assert.equal(answer.status, 200, answer.bodyAsText);
    return (JSON.parse(answer.bodyAsText).entry ?? []).map(entry => entry.resource);
}

// Looks until `ready` holds of what `look` finds; two minutes are for a machine that is busy.
async function eventually(look, ready) {
    for (const end = Date.now() + 120_000; ; await pause(100)) {
        const found = await look();
        if (ready(found)) {
            return found;
        }
        assert.ok(Date.now() < end, `still ${JSON.stringify(found)}`);
    }
}

// Every event of the hub, read from each partition's beginning, until there are as many as are waited for.
function receive(consumer, count) {
    return new Promise((resolve, reject) => {
        const events = [];
        const subscription = consumer.subscribe({
            async processEvents(batch, { partitionId }) {
                events.push(...batch.map(event => ({ ...event, partitionId })));
                if (events.length >= count) {
                    await subscription.close();
                    resolve(events);
                }
            },
            processError: async error => reject(error),
        }, { startPosition: earliestEventPosition, maxWaitTimeInSeconds: 1 });
    });
}

test('event-hubs', async t => {
    const step = (name, body) => t.test(name, body);
    const producer = new EventHubProducerClient(customer.namespace, customer.hub, customerCredential, options);
    const consumer = new EventHubConsumerClient(group, customer.namespace, customer.hub, customerCredential, options);
    const arm = new ResourceManagementClient(customerCredential, customer.subscription);
    t.after(() => Promise.all([producer.close(), consumer.close()]));

    await step('a connector reads the hub', async () => {
        await arm.resources.beginCreateOrUpdateByIdAndWait(`${customer.hubId}/consumergroups/${group}`, '2024-01-01', {});
        const made = await arm.deployments.beginCreateOrUpdateAndWait(customer.group, 'eventhubs', {
            properties: {
                mode: 'Incremental',
                template: fixture('template-connector.json'),
                parameters: values({
                    workspaceName: 'clienteh', region: 'US West 2', hubNamespace: customer.namespace, hubName: customer.hub,
                    hubId: customer.hubId, fhirId: customer.fhirId, destinations: ['first'],
                }),
            },
        });
        assert.equal(made.properties.provisioningState, 'Succeeded');
    });
    await step('the hub tells of itself and its partitions', async () => {
        const hub = await producer.getEventHubProperties();
        assert.equal(hub.name, customer.hub);
        assert.ok(hub.createdOn instanceof Date);
        assert.ok(hub.partitionIds.length > 0);
        const partition = await producer.getPartitionProperties('0');
        assert.deepEqual([partition.isEmpty, partition.lastEnqueuedSequenceNumber], [true, -1]);
    });
    await step('DAT-01 telemetry is sent: one by one, as a batch, to a partition, with a partition key', async () => {
        const events = readings.map((body, at) => ({ body, properties: { at }, messageId: `m${at}`, contentType: 'application/json' }));
        await producer.sendBatch(events.slice(0, 1));
        await producer.sendBatch(events.slice(1, 5), { partitionId: '0' });
        await producer.sendBatch(events.slice(5, 10), { partitionKey: 'client-dev' });
        const batch = await producer.createBatch({ maxSizeInBytes: 64 * 1024 });
        assert.ok(events.slice(10).every(event => batch.tryAdd(event)));
        assert.equal(batch.tryAdd({ body: 'x'.repeat(64 * 1024) }), false);
        await producer.sendBatch(batch);
        assert.equal((await producer.getPartitionProperties('0')).isEmpty, false);
    });
    await step('all of it is read back, once, in each partition\'s order', async () => {
        const events = await receive(consumer, readings.length);
        assert.deepEqual(events.map(event => event.body).sort((a, b) => a.heartrate - b.heartrate), readings);
        for (const event of events) {
            const at = event.properties.at;
            assert.deepEqual([event.messageId, event.contentType], [`m${at}`, 'application/json']);
            assert.ok(event.enqueuedTimeUtc instanceof Date);
            assert.equal(event.partitionKey, at >= 5 && at < 10 ? 'client-dev' : undefined);
        }
        const sent = events.filter(event => event.partitionId === '0');
        assert.deepEqual(sent.map(event => event.sequenceNumber), sent.map((_, at) => at));
        assert.equal(new Set(events.filter(event => event.partitionKey).map(event => event.partitionId)).size, 1);
    });
    await step('DAT-03 an Observation comes of each reading', async () => {
        const patients = await eventually(() => fhir('Patient?identifier=client-pat'), found => found.length > 0);
        const look = () => fhir(`Observation?subject=Patient/${patients[0].id}&_count=100`);
        const samples = found => found.map(o => o.valueSampledData?.data ?? '').join(' ').split(' ').map(Number).filter(n => n);
        const found = await eventually(look, found => samples(found).length >= readings.length);
        assert.deepEqual(samples(found).sort(), readings.map(reading => reading.heartrate));
    });
    await step('a hub that is not there, and a stranger, are told so', async () => {
        const refusals = [
            ['nothere', customerCredential, 'MessagingEntityNotFoundError'],
            [customer.hub, operatorCredential, 'UnauthorizedError'],
        ];
        for (const [hub, credential, code] of refusals) {
            const sender = new EventHubProducerClient(customer.namespace, hub, credential, { ...options, retryOptions: { maxRetries: 0 } });
            await assert.rejects(() => sender.sendBatch([{ body: 1 }]), error => {
                assert.equal(error.code, code, error.message);
                return true;
            });
            await sender.close();
        }
    });
});
