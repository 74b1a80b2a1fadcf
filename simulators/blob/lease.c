/* Decides what a lease operation does to a lease, and whether a lease lets another operation pass
 * (REST reference, "Lease Blob" and "Lease Container", their tables of outcomes by state). */
#include "simulators/blob/server.h"

#include <stdio.h>
#include <string.h>

#define BREAK_MAX_S 60

struct lease_args {
    const char *id, *proposed;
    int64_t duration_s; /* acquire */
    int64_t break_s;    /* break; -1: not given */
    enum blob_lease_state state;
};

struct lease_action {
    const char *name;
    bool needs_id, needs_proposed, needs_duration;
    bool (*run)(struct blob_call *call, struct blob_lease *lease, const struct lease_args *args);
};

static bool read_args(struct blob_call *call, const struct lease_action *action,
                      struct lease_args *args);
static bool read_number(struct blob_call *call, const char *name, int64_t *out);
static bool read_id(struct blob_call *call, const char *name, bool needed, const char **out);
static bool acquire(struct blob_call *call, struct blob_lease *lease,
                    const struct lease_args *args);
static bool renew(struct blob_call *call, struct blob_lease *lease, const struct lease_args *args);
static bool change(struct blob_call *call, struct blob_lease *lease, const struct lease_args *args);
static bool release(struct blob_call *call, struct blob_lease *lease,
                    const struct lease_args *args);
static bool break_lease(struct blob_call *call, struct blob_lease *lease,
                        const struct lease_args *args);
static bool refused(struct blob_call *call, const char *code);
static void answer(struct blob_call *call, int status, const char *id);
static int64_t remaining_s(const struct blob_lease *lease, int64_t now_ms);

static const struct lease_action actions[] = {
    {"acquire", false, false, true, acquire},    {"renew", true, false, false, renew},
    {"change", true, true, false, change},       {"release", true, false, false, release},
    {"break", false, false, false, break_lease},
};

static const char *const state_names[] = {"available", "leased", "expired", "breaking", "broken"};

enum blob_lease_state blob_lease_now(const struct blob_lease *lease, int64_t now_ms)
{
    if (lease->state == BLOB_LEASE_LEASED && lease->duration_s >= 0 && now_ms >= lease->until_ms)
        return BLOB_LEASE_EXPIRED;
    if (lease->state == BLOB_LEASE_BREAKING && now_ms >= lease->until_ms)
        return BLOB_LEASE_BROKEN;
    return lease->state;
}

const char *blob_lease_state_name(enum blob_lease_state state)
{
    return state_names[state];
}

bool blob_lease_run(struct blob_call *call, struct blob_entry *entry)
{
    const char *name = blob_header(call, "x-ms-lease-action");
    struct lease_args args = {.break_s = -1, .state = blob_lease_now(&entry->lease, call->now_ms)};
    if (!name) {
        blob_refuse_with(call, "MissingRequiredHeader", "HeaderName", "x-ms-lease-action");
        return false;
    }
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (!base_equal_nocase(actions[i].name, name))
            continue;
        if (!read_args(call, &actions[i], &args) || !actions[i].run(call, &entry->lease, &args))
            return false;
        blob_stamp_headers(call, entry);
        return true;
    }
    blob_refuse_with(call, "InvalidHeaderValue", "HeaderName", "x-ms-lease-action");
    return false;
}

bool blob_lease_permits(struct blob_call *call, struct blob_entry *entry, bool writing)
{
    const char *id = blob_header(call, "x-ms-lease-id");
    bool container = call->route->level == BLOB_CONTAINER;
    enum blob_lease_state state = blob_lease_now(&entry->lease, call->now_ms);
    bool held = state == BLOB_LEASE_LEASED || state == BLOB_LEASE_BREAKING;

    if (held && !id && writing)
        return refused(call, "LeaseIdMissing");
    if (held && id && !base_equal_nocase(id, entry->lease.id))
        return refused(call, container ? "LeaseIdMismatchWithContainerOperation"
                                       : "LeaseIdMismatchWithBlobOperation");
    if (!held && id && state == BLOB_LEASE_AVAILABLE)
        return refused(call, container ? "LeaseNotPresentWithContainerOperation"
                                       : "LeaseNotPresentWithBlobOperation");
    if (!held && id)
        return refused(call, "LeaseLost");
    if (!held && writing)
        entry->lease = (struct blob_lease){0};
    return true;
}

void blob_lease_headers(struct blob_call *call, const struct blob_entry *entry)
{
    enum blob_lease_state state = blob_lease_now(&entry->lease, call->now_ms);
    bool held = state == BLOB_LEASE_LEASED || state == BLOB_LEASE_BREAKING;
    struct base_headers *headers = &call->response->headers;
    base_headers_set(headers, "x-ms-lease-status", held ? "locked" : "unlocked");
    base_headers_set(headers, "x-ms-lease-state", state_names[state]);
    if (state == BLOB_LEASE_LEASED)
        base_headers_set(headers, "x-ms-lease-duration",
                         entry->lease.duration_s < 0 ? "infinite" : "fixed");
}

void blob_lease_xml(const struct blob_lease *lease, int64_t now_ms, struct base_buf *out)
{
    enum blob_lease_state state = blob_lease_now(lease, now_ms);
    bool held = state == BLOB_LEASE_LEASED || state == BLOB_LEASE_BREAKING;
    blob_xml_element(out, "LeaseStatus", held ? "locked" : "unlocked");
    blob_xml_element(out, "LeaseState", state_names[state]);
    if (state == BLOB_LEASE_LEASED)
        blob_xml_element(out, "LeaseDuration", lease->duration_s < 0 ? "infinite" : "fixed");
}

/* -- the request's headers -- */

static bool read_args(struct blob_call *call, const struct lease_action *action,
                      struct lease_args *args)
{
    bool taking = action->needs_duration;
    args->duration_s = 0;
    if (!read_id(call, "x-ms-lease-id", action->needs_id, &args->id) ||
        !read_id(call, "x-ms-proposed-lease-id", action->needs_proposed, &args->proposed) ||
        !read_number(call, "x-ms-lease-duration", &args->duration_s) ||
        !read_number(call, "x-ms-lease-break-period", &args->break_s))
        return false;
    if (taking && !blob_header(call, "x-ms-lease-duration")) {
        blob_refuse_with(call, "MissingRequiredHeader", "HeaderName", "x-ms-lease-duration");
        return false;
    }
    if (taking && args->duration_s != -1 && (args->duration_s < 15 || args->duration_s > 60)) {
        blob_refuse_with(call, "InvalidHeaderValue", "HeaderName", "x-ms-lease-duration");
        return false;
    }
    if (args->break_s > BREAK_MAX_S || args->break_s < -1) {
        blob_refuse_with(call, "InvalidHeaderValue", "HeaderName", "x-ms-lease-break-period");
        return false;
    }
    return true;
}

static bool read_number(struct blob_call *call, const char *name, int64_t *out)
{
    const char *text = blob_header(call, name);
    if (!text || base_parse_int64(text, out))
        return true;
    blob_refuse_with(call, "InvalidHeaderValue", "HeaderName", name);
    return false;
}

static bool read_id(struct blob_call *call, const char *name, bool needed, const char **out)
{
    *out = blob_header(call, name);
    if (!*out && needed) {
        blob_refuse_with(call, "MissingRequiredHeader", "HeaderName", name);
        return false;
    }
    if (*out && !base_is_uuid(*out)) {
        blob_refuse_with(call, "InvalidHeaderValue", "HeaderName", name);
        return false;
    }
    return true;
}

/* -- the actions -- */

static bool acquire(struct blob_call *call, struct blob_lease *lease, const struct lease_args *args)
{
    bool same = args->proposed && base_equal_nocase(args->proposed, lease->id);
    if (args->state == BLOB_LEASE_LEASED && !same)
        return refused(call, "LeaseAlreadyPresent");
    if (args->state == BLOB_LEASE_BREAKING)
        return refused(call, same ? "LeaseIsBreakingAndCannotBeAcquired" : "LeaseAlreadyPresent");
    if (args->proposed)
        snprintf(lease->id, sizeof(lease->id), "%s", args->proposed);
    else
        base_uuid(sim_world_random(call->blob->world), lease->id);
    lease->state = BLOB_LEASE_LEASED;
    lease->duration_s = args->duration_s;
    lease->until_ms = call->now_ms + args->duration_s * 1000;
    answer(call, 201, lease->id);
    return true;
}

static bool renew(struct blob_call *call, struct blob_lease *lease, const struct lease_args *args)
{
    if (args->state == BLOB_LEASE_AVAILABLE)
        return refused(call, "LeaseNotPresentWithLeaseOperation");
    if (!base_equal_nocase(args->id, lease->id))
        return refused(call, "LeaseIdMismatchWithLeaseOperation");
    if (args->state == BLOB_LEASE_BREAKING || args->state == BLOB_LEASE_BROKEN)
        return refused(call, "LeaseIsBrokenAndCannotBeRenewed");
    lease->state = BLOB_LEASE_LEASED;
    lease->until_ms = call->now_ms + lease->duration_s * 1000;
    answer(call, 200, lease->id);
    return true;
}

static bool change(struct blob_call *call, struct blob_lease *lease, const struct lease_args *args)
{
    if (args->state == BLOB_LEASE_BREAKING)
        return refused(call, base_equal_nocase(args->id, lease->id)
                                 ? "LeaseIsBreakingAndCannotBeChanged"
                                 : "LeaseIdMismatchWithLeaseOperation");
    if (args->state != BLOB_LEASE_LEASED)
        return refused(call, "LeaseNotPresentWithLeaseOperation");
    if (!base_equal_nocase(args->id, lease->id) && !base_equal_nocase(args->proposed, lease->id))
        return refused(call, "LeaseIdMismatchWithLeaseOperation");
    snprintf(lease->id, sizeof(lease->id), "%s", args->proposed);
    answer(call, 200, lease->id);
    return true;
}

static bool release(struct blob_call *call, struct blob_lease *lease, const struct lease_args *args)
{
    if (args->state == BLOB_LEASE_AVAILABLE)
        return refused(call, "LeaseNotPresentWithLeaseOperation");
    if (!base_equal_nocase(args->id, lease->id))
        return refused(call, "LeaseIdMismatchWithLeaseOperation");
    *lease = (struct blob_lease){0};
    answer(call, 200, NULL);
    return true;
}

static bool break_lease(struct blob_call *call, struct blob_lease *lease,
                        const struct lease_args *args)
{
    if (args->state == BLOB_LEASE_AVAILABLE)
        return refused(call, "LeaseNotPresentWithLeaseOperation");
    int64_t left = remaining_s(lease, call->now_ms), wait = args->break_s;
    if (args->state == BLOB_LEASE_EXPIRED || args->state == BLOB_LEASE_BROKEN)
        left = wait = 0;
    else if (wait < 0 || (left >= 0 && wait > left))
        wait = left < 0 ? 0 : left;
    lease->state = wait > 0 ? BLOB_LEASE_BREAKING : BLOB_LEASE_BROKEN;
    lease->until_ms = call->now_ms + wait * 1000;
    answer(call, 202, NULL);
    base_headers_addf(&call->response->headers, "x-ms-lease-time", "%lld", (long long)wait);
    return true;
}

/* -- helpers -- */

static bool refused(struct blob_call *call, const char *code)
{
    blob_refuse(call, code);
    return false;
}

static void answer(struct blob_call *call, int status, const char *id)
{
    call->response->status = status;
    if (id)
        base_headers_set(&call->response->headers, "x-ms-lease-id", id);
}

/* -1: infinite. */
static int64_t remaining_s(const struct blob_lease *lease, int64_t now_ms)
{
    if (lease->state == BLOB_LEASE_LEASED && lease->duration_s < 0)
        return -1;
    return lease->until_ms > now_ms ? (lease->until_ms - now_ms + 999) / 1000 : 0;
}
