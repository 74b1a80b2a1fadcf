/* Decides the fields of every composite type: the tables of parts 2, 3 and 5 of the specification.
 */
#include "amqp/wire.h"

#include <stddef.h>

#define FIELDS(table) table, sizeof table / sizeof *table

static const struct amqp_field open_fields[] = {
    {"container-id", AMQP_F_STRING, true, offsetof(struct amqp_open, container_id), 0},
    {"hostname", AMQP_F_STRING, false, offsetof(struct amqp_open, hostname), 0},
    {"max-frame-size", AMQP_F_UINT, false, offsetof(struct amqp_open, max_frame_size), UINT32_MAX},
    {"channel-max", AMQP_F_USHORT, false, offsetof(struct amqp_open, channel_max), UINT16_MAX},
    {"idle-time-out", AMQP_F_OPTIONAL_UINT, false, offsetof(struct amqp_open, idle_timeout_ms), -1},
    {"outgoing-locales", AMQP_F_MULTIPLE, false, offsetof(struct amqp_open, outgoing_locales), 0},
    {"incoming-locales", AMQP_F_MULTIPLE, false, offsetof(struct amqp_open, incoming_locales), 0},
    {"offered-capabilities", AMQP_F_MULTIPLE, false,
     offsetof(struct amqp_open, offered_capabilities), 0},
    {"desired-capabilities", AMQP_F_MULTIPLE, false,
     offsetof(struct amqp_open, desired_capabilities), 0},
    {"properties", AMQP_F_MAP, false, offsetof(struct amqp_open, properties), 0},
};
const struct amqp_shape amqp_shape_open = {"open", "amqp:open:list", 0x10, FIELDS(open_fields)};

static const struct amqp_field begin_fields[] = {
    {"remote-channel", AMQP_F_OPTIONAL_USHORT, false, offsetof(struct amqp_begin, remote_channel),
     -1},
    {"next-outgoing-id", AMQP_F_UINT, true, offsetof(struct amqp_begin, next_outgoing_id), 0},
    {"incoming-window", AMQP_F_UINT, true, offsetof(struct amqp_begin, incoming_window), 0},
    {"outgoing-window", AMQP_F_UINT, true, offsetof(struct amqp_begin, outgoing_window), 0},
    {"handle-max", AMQP_F_UINT, false, offsetof(struct amqp_begin, handle_max), UINT32_MAX},
    {"offered-capabilities", AMQP_F_MULTIPLE, false,
     offsetof(struct amqp_begin, offered_capabilities), 0},
    {"desired-capabilities", AMQP_F_MULTIPLE, false,
     offsetof(struct amqp_begin, desired_capabilities), 0},
    {"properties", AMQP_F_MAP, false, offsetof(struct amqp_begin, properties), 0},
};
const struct amqp_shape amqp_shape_begin = {"begin", "amqp:begin:list", 0x11, FIELDS(begin_fields)};

static const struct amqp_field attach_fields[] = {
    {"name", AMQP_F_STRING, true, offsetof(struct amqp_attach, name), 0},
    {"handle", AMQP_F_UINT, true, offsetof(struct amqp_attach, handle), 0},
    {"role", AMQP_F_ROLE, true, offsetof(struct amqp_attach, role), 0},
    {"snd-settle-mode", AMQP_F_UBYTE, false, offsetof(struct amqp_attach, snd_settle_mode),
     AMQP_SND_MIXED},
    {"rcv-settle-mode", AMQP_F_UBYTE, false, offsetof(struct amqp_attach, rcv_settle_mode),
     AMQP_RCV_FIRST},
    {"source", AMQP_F_SOURCE, false, offsetof(struct amqp_attach, source), 0},
    {"target", AMQP_F_TARGET, false, offsetof(struct amqp_attach, target), 0},
    {"unsettled", AMQP_F_MAP, false, offsetof(struct amqp_attach, unsettled), 0},
    {"incomplete-unsettled", AMQP_F_BOOL, false, offsetof(struct amqp_attach, incomplete_unsettled),
     0},
    {"initial-delivery-count", AMQP_F_OPTIONAL_UINT, false,
     offsetof(struct amqp_attach, initial_delivery_count), -1},
    {"max-message-size", AMQP_F_ULONG, false, offsetof(struct amqp_attach, max_message_size), 0},
    {"offered-capabilities", AMQP_F_MULTIPLE, false,
     offsetof(struct amqp_attach, offered_capabilities), 0},
    {"desired-capabilities", AMQP_F_MULTIPLE, false,
     offsetof(struct amqp_attach, desired_capabilities), 0},
    {"properties", AMQP_F_MAP, false, offsetof(struct amqp_attach, properties), 0},
};
const struct amqp_shape amqp_shape_attach = {"attach", "amqp:attach:list", 0x12,
                                             FIELDS(attach_fields)};

static const struct amqp_field flow_fields[] = {
    {"next-incoming-id", AMQP_F_OPTIONAL_UINT, false, offsetof(struct amqp_flow, next_incoming_id),
     -1},
    {"incoming-window", AMQP_F_UINT, true, offsetof(struct amqp_flow, incoming_window), 0},
    {"next-outgoing-id", AMQP_F_UINT, true, offsetof(struct amqp_flow, next_outgoing_id), 0},
    {"outgoing-window", AMQP_F_UINT, true, offsetof(struct amqp_flow, outgoing_window), 0},
    {"handle", AMQP_F_OPTIONAL_UINT, false, offsetof(struct amqp_flow, handle), -1},
    {"delivery-count", AMQP_F_OPTIONAL_UINT, false, offsetof(struct amqp_flow, delivery_count), -1},
    {"link-credit", AMQP_F_OPTIONAL_UINT, false, offsetof(struct amqp_flow, link_credit), -1},
    {"available", AMQP_F_OPTIONAL_UINT, false, offsetof(struct amqp_flow, available), -1},
    {"drain", AMQP_F_BOOL, false, offsetof(struct amqp_flow, drain), 0},
    {"echo", AMQP_F_BOOL, false, offsetof(struct amqp_flow, echo), 0},
    {"properties", AMQP_F_MAP, false, offsetof(struct amqp_flow, properties), 0},
};
const struct amqp_shape amqp_shape_flow = {"flow", "amqp:flow:list", 0x13, FIELDS(flow_fields)};

static const struct amqp_field transfer_fields[] = {
    {"handle", AMQP_F_UINT, true, offsetof(struct amqp_transfer, handle), 0},
    {"delivery-id", AMQP_F_OPTIONAL_UINT, false, offsetof(struct amqp_transfer, delivery_id), -1},
    {"delivery-tag", AMQP_F_BINARY, false, offsetof(struct amqp_transfer, delivery_tag), 0},
    {"message-format", AMQP_F_OPTIONAL_UINT, false, offsetof(struct amqp_transfer, message_format),
     -1},
    {"settled", AMQP_F_BOOL, false, offsetof(struct amqp_transfer, settled), 0},
    {"more", AMQP_F_BOOL, false, offsetof(struct amqp_transfer, more), 0},
    {"rcv-settle-mode", AMQP_F_OPTIONAL_UBYTE, false,
     offsetof(struct amqp_transfer, rcv_settle_mode), -1},
    {"state", AMQP_F_ANY, false, offsetof(struct amqp_transfer, state), 0},
    {"resume", AMQP_F_BOOL, false, offsetof(struct amqp_transfer, resume), 0},
    {"aborted", AMQP_F_BOOL, false, offsetof(struct amqp_transfer, aborted), 0},
    {"batchable", AMQP_F_BOOL, false, offsetof(struct amqp_transfer, batchable), 0},
};
const struct amqp_shape amqp_shape_transfer = {"transfer", "amqp:transfer:list", 0x14,
                                               FIELDS(transfer_fields)};

static const struct amqp_field disposition_fields[] = {
    {"role", AMQP_F_BOOL, true, offsetof(struct amqp_disposition, role), 0},
    {"first", AMQP_F_UINT, true, offsetof(struct amqp_disposition, first), 0},
    {"last", AMQP_F_OPTIONAL_UINT, false, offsetof(struct amqp_disposition, last), -1},
    {"settled", AMQP_F_BOOL, false, offsetof(struct amqp_disposition, settled), 0},
    {"state", AMQP_F_ANY, false, offsetof(struct amqp_disposition, state), 0},
    {"batchable", AMQP_F_BOOL, false, offsetof(struct amqp_disposition, batchable), 0},
};
const struct amqp_shape amqp_shape_disposition = {"disposition", "amqp:disposition:list", 0x15,
                                                  FIELDS(disposition_fields)};

static const struct amqp_field detach_fields[] = {
    {"handle", AMQP_F_UINT, true, offsetof(struct amqp_detach, handle), 0},
    {"closed", AMQP_F_BOOL, false, offsetof(struct amqp_detach, closed), 0},
    {"error", AMQP_F_ERROR, false, offsetof(struct amqp_detach, error), 0},
};
const struct amqp_shape amqp_shape_detach = {"detach", "amqp:detach:list", 0x16,
                                             FIELDS(detach_fields)};

/* end and close carry an error and nothing else: their struct is the struct amqp_error. */
static const struct amqp_field only_error[] = {{"error", AMQP_F_ERROR, false, 0, 0}};
const struct amqp_shape amqp_shape_end = {"end", "amqp:end:list", 0x17, FIELDS(only_error)};
const struct amqp_shape amqp_shape_close = {"close", "amqp:close:list", 0x18, FIELDS(only_error)};

static const struct amqp_field mechanisms_fields[] = {
    {"sasl-server-mechanisms", AMQP_F_MULTIPLE, true,
     offsetof(struct amqp_sasl_mechanisms, mechanisms), 0},
};
const struct amqp_shape amqp_shape_sasl_mechanisms = {
    "sasl-mechanisms", "amqp:sasl-mechanisms:list", 0x40, FIELDS(mechanisms_fields)};

static const struct amqp_field init_fields[] = {
    {"mechanism", AMQP_F_SYMBOL, true, offsetof(struct amqp_sasl_init, mechanism), 0},
    {"initial-response", AMQP_F_BINARY, false, offsetof(struct amqp_sasl_init, response), 0},
    {"hostname", AMQP_F_STRING, false, offsetof(struct amqp_sasl_init, hostname), 0},
};
const struct amqp_shape amqp_shape_sasl_init = {"sasl-init", "amqp:sasl-init:list", 0x41,
                                                FIELDS(init_fields)};

static const struct amqp_field sasl_outcome_fields[] = {
    {"code", AMQP_F_UBYTE, true, offsetof(struct amqp_sasl_outcome, code), 0},
    {"additional-data", AMQP_F_BINARY, false, offsetof(struct amqp_sasl_outcome, additional_data),
     0},
};
const struct amqp_shape amqp_shape_sasl_outcome = {"sasl-outcome", "amqp:sasl-outcome:list", 0x44,
                                                   FIELDS(sasl_outcome_fields)};

static const struct amqp_field error_fields[] = {
    {"condition", AMQP_F_SYMBOL, true, offsetof(struct amqp_error, condition), 0},
    {"description", AMQP_F_STRING, false, offsetof(struct amqp_error, description), 0},
    {"info", AMQP_F_MAP, false, offsetof(struct amqp_error, info), 0},
};
const struct amqp_shape amqp_shape_error = {"error", "amqp:error:list", 0x1d, FIELDS(error_fields)};

static const struct amqp_field source_fields[] = {
    {"address", AMQP_F_ANY, false, offsetof(struct amqp_source, address), 0},
    {"durable", AMQP_F_UINT, false, offsetof(struct amqp_source, durable), 0},
    {"expiry-policy", AMQP_F_SYMBOL, false, offsetof(struct amqp_source, expiry_policy), 0},
    {"timeout", AMQP_F_UINT, false, offsetof(struct amqp_source, timeout_s), 0},
    {"dynamic", AMQP_F_BOOL, false, offsetof(struct amqp_source, dynamic), 0},
    {"dynamic-node-properties", AMQP_F_MAP, false,
     offsetof(struct amqp_source, dynamic_node_properties), 0},
    {"distribution-mode", AMQP_F_SYMBOL, false, offsetof(struct amqp_source, distribution_mode), 0},
    {"filter", AMQP_F_MAP, false, offsetof(struct amqp_source, filter), 0},
    {"default-outcome", AMQP_F_ANY, false, offsetof(struct amqp_source, default_outcome), 0},
    {"outcomes", AMQP_F_MULTIPLE, false, offsetof(struct amqp_source, outcomes), 0},
    {"capabilities", AMQP_F_MULTIPLE, false, offsetof(struct amqp_source, capabilities), 0},
};
const struct amqp_shape amqp_shape_source = {"source", "amqp:source:list", 0x28,
                                             FIELDS(source_fields)};

static const struct amqp_field target_fields[] = {
    {"address", AMQP_F_ANY, false, offsetof(struct amqp_target, address), 0},
    {"durable", AMQP_F_UINT, false, offsetof(struct amqp_target, durable), 0},
    {"expiry-policy", AMQP_F_SYMBOL, false, offsetof(struct amqp_target, expiry_policy), 0},
    {"timeout", AMQP_F_UINT, false, offsetof(struct amqp_target, timeout_s), 0},
    {"dynamic", AMQP_F_BOOL, false, offsetof(struct amqp_target, dynamic), 0},
    {"dynamic-node-properties", AMQP_F_MAP, false,
     offsetof(struct amqp_target, dynamic_node_properties), 0},
    {"capabilities", AMQP_F_MULTIPLE, false, offsetof(struct amqp_target, capabilities), 0},
};
const struct amqp_shape amqp_shape_target = {"target", "amqp:target:list", 0x29,
                                             FIELDS(target_fields)};

static const struct amqp_field coordinator_fields[] = {
    {"capabilities", AMQP_F_MULTIPLE, false, offsetof(struct amqp_target, capabilities), 0},
};
const struct amqp_shape amqp_shape_coordinator = {"coordinator", "amqp:coordinator:list", 0x30,
                                                  FIELDS(coordinator_fields)};

static const struct amqp_field rejected_fields[] = {
    {"error", AMQP_F_ERROR, false, offsetof(struct amqp_outcome, error), 0},
};
static const struct amqp_field modified_fields[] = {
    {"delivery-failed", AMQP_F_BOOL, false, offsetof(struct amqp_outcome, delivery_failed), 0},
    {"undeliverable-here", AMQP_F_BOOL, false, offsetof(struct amqp_outcome, undeliverable_here),
     0},
    {"message-annotations", AMQP_F_MAP, false, offsetof(struct amqp_outcome, message_annotations),
     0},
};
/* By enum amqp_outcome_kind. Fields of `received` are not of interest: NULL means that they are not
 * read. */
const struct amqp_shape amqp_outcome_shapes[] = {
    [AMQP_RECEIVED] = {"received", "amqp:received:list", 0x23, NULL, 0},
    [AMQP_ACCEPTED] = {"accepted", "amqp:accepted:list", 0x24, NULL, 0},
    [AMQP_REJECTED] = {"rejected", "amqp:rejected:list", 0x25, FIELDS(rejected_fields)},
    [AMQP_RELEASED] = {"released", "amqp:released:list", 0x26, NULL, 0},
    [AMQP_MODIFIED] = {"modified", "amqp:modified:list", 0x27, FIELDS(modified_fields)},
};

/* By enum amqp_field_kind: the type on the wire. AMQP_NULL: decided by code. */
const enum amqp_type amqp_field_types[] = {
    [AMQP_F_BOOL] = AMQP_BOOLEAN,
    [AMQP_F_ROLE] = AMQP_BOOLEAN,
    [AMQP_F_UBYTE] = AMQP_UBYTE,
    [AMQP_F_USHORT] = AMQP_USHORT,
    [AMQP_F_UINT] = AMQP_UINT,
    [AMQP_F_ULONG] = AMQP_ULONG,
    [AMQP_F_OPTIONAL_USHORT] = AMQP_USHORT,
    [AMQP_F_OPTIONAL_UINT] = AMQP_UINT,
    [AMQP_F_OPTIONAL_UBYTE] = AMQP_UBYTE,
    [AMQP_F_STRING] = AMQP_STRING,
    [AMQP_F_SYMBOL] = AMQP_SYMBOL,
    [AMQP_F_BINARY] = AMQP_BINARY,
    [AMQP_F_ANY] = AMQP_NULL,
    [AMQP_F_MAP] = AMQP_MAP,
    [AMQP_F_MULTIPLE] = AMQP_NULL,
    [AMQP_F_ERROR] = AMQP_DESCRIBED,
    [AMQP_F_SOURCE] = AMQP_DESCRIBED,
    [AMQP_F_TARGET] = AMQP_DESCRIBED,
};

struct amqp_error amqp_error_of(const char *condition, const char *description)
{
    return (struct amqp_error){.condition = amqp_bytes_of(condition),
                               .description = amqp_bytes_of(description)};
}

void amqp_attach_init(struct amqp_attach *attach, const char *name, enum amqp_role role)
{
    amqp_shape_defaults(&amqp_shape_attach, attach);
    attach->name = amqp_bytes_of(name);
    attach->role = role;
}

const char *amqp_outcome_name(enum amqp_outcome_kind kind)
{
    static const char *const names[] = {"none",     "received", "accepted", "rejected",
                                        "released", "modified", "unknown"};

    return (size_t)kind < sizeof names / sizeof *names ? names[kind] : "unknown";
}
