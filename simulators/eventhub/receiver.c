/* Sends events of a partition to a client's receiver link: where it begins, who must give way, and the flow of events. */
#include "simulators/eventhub/fault.h"
#include "simulators/eventhub/peer.h"

#include "simulators/eventhub/filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READERS_MAX 5 /* without epoch, of a partition in a group */
#define PUMP_MAX 2000 /* events in one go, so that one reader does not starve the others */
#define EPOCH "com.microsoft:epoch"
#define NAME "com.microsoft:receiver-name"
#define METRIC "com.microsoft:enable-receiver-runtime-metric"

static char *attach(struct eh_link *link, const struct amqp_attach *remote, const char **condition);
static void credit(struct eh_link *link);
static char *read_properties(struct eh_link *link, const struct amqp_value *properties,
                             const char **condition);
static char *find_start(struct eh_link *link, const struct amqp_value *filter,
                        const char **condition);
static char *make_room(struct eh_link *link, const char **condition);
static void displace(struct eh_link *old, const struct eh_link *by);
static struct eh_partition *partition_of(const struct eh_link *link);
static bool send_event(void *context, const struct eh_record *record);
static void end_too_large(struct eh_link *link);
static void put_metric(const struct eh_link *link, struct base_buf *out);

const struct eh_node eh_node_receiver = {"receiver", attach, NULL, credit};

static char *attach(struct eh_link *link, const struct amqp_attach *remote, const char **condition)
{
    enum eh_status status;
    char *text = eh_link_find_hub(link, condition);
    if (!text)
        text = eh_link_authorize(link, EH_LISTEN, condition);
    if (text)
        return text;
    status = eh_hub_status(link->peer->eh, link->hub);
    if (status == EH_DISABLED || status == EH_RECEIVE_DISABLED) {
        *condition = EH_E_DISABLED;
        return eh_text(link->peer->eh, link->peer->space, link->address.hub,
                       "Messaging entity '%s' is currently disabled.", link->address.hub);
    }
    text = read_properties(link, &remote->properties, condition);
    if (!text)
        text = find_start(link, &remote->source.filter, condition);
    if (!text)
        text = make_room(link, condition);
    if (text)
        return text;
    link->metric = amqp_symbols_have(&remote->desired_capabilities, METRIC);
    struct eh_partition *partition = partition_of(link);
    link->next_reader = partition->readers;
    partition->readers = link;
    eh_link_accept(link, 0, link->metric ? METRIC : NULL);
    return NULL;
}

void eh_receiver_leave(struct eh_link *link)
{
    for (struct eh_link **at = &partition_of(link)->readers; *at; at = &(*at)->next_reader)
        if (*at == link) {
            *at = link->next_reader;
            return;
        }
}

/* -- where it begins -- */

static char *read_properties(struct eh_link *link, const struct amqp_value *properties,
                             const char **condition)
{
    struct amqp_value value;
    struct amqp_bytes text;
    snprintf(link->receiver, sizeof(link->receiver), "nil");
    if (amqp_map_get(properties, NAME, &value) && amqp_value_text(&value, &text))
        snprintf(link->receiver, sizeof(link->receiver), "%.*s", (int)text.len, text.data);
    if (!amqp_map_get(properties, EPOCH, &value) || value.type == AMQP_NULL)
        return NULL;
    if (amqp_value_int64(&value, &link->epoch) && link->epoch >= 0)
        return NULL;
    *condition = EH_E_ARGUMENT;
    return eh_text(link->peer->eh, link->peer->space, link->address.hub,
                   "The link property " EPOCH " must be a long of at least 0.");
}

static char *find_start(struct eh_link *link, const struct amqp_value *filter,
                        const char **condition)
{
    struct eh_partition *partition = partition_of(link);
    struct eh_log_info info;
    struct eh_start start;
    struct base_error err = {0};

    *condition = EH_E_ARGUMENT;
    if (eh_start_read(filter, &start, &err) != BASE_OK)
        return eh_text(link->peer->eh, link->peer->space, link->address.hub, "%s", err.message);
    eh_log_info(partition->log, &info);
    if (start.kind == EH_START_OFFSET && start.value > info.last.offset && start.value > 0)
        return eh_text(
            link->peer->eh, link->peer->space, link->address.hub,
            "The supplied offset '%lld' is invalid. The last offset in the system is '%lld'",
            (long long)start.value, (long long)info.last.offset);
    if (start.kind == EH_START_SEQUENCE && start.value > info.last.sequence && start.value > 0)
        return eh_text(link->peer->eh, link->peer->space, link->address.hub,
                       "The supplied sequence number '%lld' is invalid. The last sequence number "
                       "in the system is '%lld'",
                       (long long)start.value, (long long)info.last.sequence);
    link->next = 0;
    if (start.kind == EH_START_LATEST)
        link->next = info.empty ? info.first : info.last.sequence + 1;
    else if (start.kind == EH_START_OFFSET)
        link->next = eh_log_find_offset(partition->log, start.value, start.inclusive);
    else if (start.kind == EH_START_SEQUENCE)
        link->next = start.inclusive ? start.value : start.value + 1;
    else if (start.kind == EH_START_TIME)
        link->after = start.inclusive ? start.value - 1 : start.value;
    if (start.kind == EH_START_TIME)
        link->next = eh_log_find_time(partition->log, start.value, start.inclusive);
    return NULL;
}

/* -- who gives way -- */

/* A reader with an epoch displaces readers without one and those of an equal or lower epoch (facts eventhub.md §2 Errors). */
static char *make_room(struct eh_link *link, const char **condition)
{
    struct eh_peer *peer = link->peer;
    struct base_buf names = {0};
    const struct eh_link *owner = NULL;
    size_t count = 0;
    char *text = NULL;

    for (struct eh_link *other = partition_of(link)->readers; other; other = other->next_reader) {
        if (strcmp(other->group, link->group) != 0)
            continue;
        count++;
        base_buf_printf(&names, "%s%s", names.len ? ", " : "", other->receiver);
        if (other->epoch >= 0)
            owner = other;
    }
    *condition = AMQP_E_STOLEN;
    if (owner && link->epoch < 0) {
        text = eh_text(peer->eh, peer->space, link->address.hub,
                       "At least one receiver for the endpoint is created with epoch of '%lld', "
                       "and so non-epoch receiver is "
                       "not allowed. Either reconnect with a higher epoch, or make sure all epoch "
                       "receivers are closed or "
                       "disconnected.",
                       (long long)owner->epoch);
    } else if (owner && link->epoch < owner->epoch) {
        text = eh_text(peer->eh, peer->space, link->address.hub,
                       "Receiver '%s' with a higher epoch '%lld' already exists. Receiver '%s' "
                       "with epoch %lld cannot be "
                       "created. Make sure you are creating receiver with increasing epoch value "
                       "to ensure connectivity, or "
                       "ensure all old epoch receivers are closed or disconnected.",
                       owner->receiver, (long long)owner->epoch, link->receiver,
                       (long long)link->epoch);
    } else if (link->epoch < 0 && count >= READERS_MAX) {
        *condition = AMQP_E_RESOURCE_LIMIT;
        text = eh_text(peer->eh, peer->space, link->address.hub,
                       "Exceeded the maximum number of allowed receivers per partition in a "
                       "consumer group which is %d. List "
                       "of connected receivers - %s.",
                       READERS_MAX, names.data);
    }
    for (struct eh_link *other = partition_of(link)->readers, *next;
         !text && link->epoch >= 0 && other; other = next) {
        next = other->next_reader;
        if (strcmp(other->group, link->group) == 0)
            displace(other, link);
    }
    base_buf_release(&names);
    return text;
}

static void displace(struct eh_link *old, const struct eh_link *by)
{
    eh_link_end(old, AMQP_E_STOLEN,
                eh_text(old->peer->eh, old->peer->space, old->address.hub,
                        "New receiver '%s' with higher epoch of '%lld' is created hence current "
                        "receiver '%s' with epoch "
                        "'%lld' is getting disconnected. If you are recreating the receiver, make "
                        "sure a higher epoch is "
                        "used.",
                        by->receiver, (long long)by->epoch, old->receiver, (long long)old->epoch));
}

static struct eh_partition *partition_of(const struct eh_link *link)
{
    return &link->hub->partitions[link->partition];
}

/* -- the flow of events -- */

struct pump {
    struct eh_link *link;
    size_t sent;
    struct base_buf metric;
    bool full;   /* the budget is used up */
    bool struck; /* by a fault on purpose, before the next event */
    struct sim_fault fault;
    bool too_large; /* the reader's max-message-size is below the next event */
};

static void credit(struct eh_link *link)
{
    if (eh_receiver_pump(link))
        eh_loop_wake(link->peer->eh->loop, link->hub, link->partition);
}

bool eh_receiver_pump(struct eh_link *link)
{
    struct pump pump = {.link = link};
    if (!amqp_link_sendable(link->link))
        return false;
    if (link->metric)
        put_metric(link, &pump.metric);
    bool left = eh_log_read(partition_of(link)->log, &link->next, send_event, &pump);
    base_buf_release(&pump.metric);
    if (pump.sent > 0) {
        link->events += pump.sent;
        link->transfers += pump.sent;
        link->peer->busy = true;
    }
    if (pump.struck) {
        (void)eh_fault_end(link->peer, link, &pump.fault);
        return false;
    }
    if (pump.too_large) {
        end_too_large(link);
        return false;
    }
    if (!left && amqp_link_draining(link->link))
        amqp_link_drained(link->link);
    return left && pump.full;
}

static bool send_event(void *context, const struct eh_record *record)
{
    struct pump *pump = context;
    struct eh_link *link = pump->link;
    struct base_error err = {0};
    if (record->stamp.time_ms <= link->after)
        return true;
    pump->full = pump->sent == PUMP_MAX;
    if (pump->full || !amqp_link_sendable(link->link))
        return false;
    pump->struck = eh_fault_take(link->peer, link, "eventhub.receive", &pump->fault);
    bool twice = pump->struck && pump->fault.kind == SIM_FAULT_REDELIVER;
    if (pump->struck && !twice)
        return false;
    pump->struck = false;
    const struct amqp_bytes parts[] = {{pump->metric.data, pump->metric.len}, record->message};
    size_t skip = pump->metric.len == 0;
    const struct amqp_send send = {.parts = parts + skip, .part_count = 2 - skip, .settled = true};
    if (amqp_link_send(link->link, &send, &err) != BASE_OK) {
        pump->too_large = err.status == BASE_TOO_LARGE;
        return false;
    }
    pump->sent++;
    if (twice && amqp_link_sendable(link->link) &&
        amqp_link_send(link->link, &send, &err) == BASE_OK)
        pump->sent++;
    return true;
}

static void end_too_large(struct eh_link *link)
{
    eh_link_end(link, AMQP_E_MESSAGE_SIZE,
                eh_text(link->peer->eh, link->peer->space, link->address.hub,
                        "The event with sequence number %lld exceeds the limit that the receiver "
                        "set for the link.",
                        (long long)link->next));
}

/* Delivery annotations: how far the partition is (capability METRIC). */
static void put_metric(const struct eh_link *link, struct base_buf *out)
{
    struct eh_log_info info;
    char offset[24];
    eh_log_info(partition_of(link)->log, &info);
    snprintf(offset, sizeof(offset), "%lld", (long long)info.last.offset);
    amqp_put_descriptor(out, AMQP_SECTION_DELIVERY_ANNOTATIONS);
    size_t map = amqp_put_map(out);
    amqp_put_symbol(out, "last_enqueued_sequence_number");
    amqp_put_long(out, info.last.sequence);
    amqp_put_symbol(out, "last_enqueued_offset");
    amqp_put_string(out, offset);
    amqp_put_symbol(out, "last_enqueued_time_utc");
    amqp_put_timestamp(out, info.last.time_ms);
    amqp_put_symbol(out, "runtime_info_retrieval_time_utc");
    amqp_put_timestamp(out, sim_now_ms(link->peer->eh->world));
    amqp_put_end(out, map, 8);
}
