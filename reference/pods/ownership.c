/* Decides which partitions a replica may read: what it claims, takes over from others and gives up. */
#include "reference/pods/ownership.h"

#include "common/log.h"
#include "common/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define INTERVAL_REAL_MS 200 /* a fast clock does not make storage or network faster */
#define EXPIRY_REAL_MS 3000

struct seen { /* a partition as the listing shows it */
    bool there;
    char etag[64], owner[128]; /* owner "": nobody, or expired */
};
struct round {
    struct pod_ownership *ownership;
    struct seen *seen;
    size_t mine, owners; /* owners: this replica too */
};

static void put_prefix(struct base_buf *out, const struct pod_hub_settings *hub);
static enum base_status look(struct round *round, struct base_error *err);
static enum base_status renew_all(struct round *round, struct base_error *err);
static enum base_status claim_free(struct round *round, bool *any_free, struct base_error *err);
static enum base_status take_over_one(struct round *round, struct base_error *err);
static enum base_status write_owner(struct pod_ownership *ownership, size_t place,
                                    const char *owner, const struct seen *seen,
                                    struct base_error *err);

void pod_ownership_init(struct pod_ownership *ownership, struct pod *pod,
                        const char *const *partitions, size_t count)
{
    *ownership = (struct pod_ownership){.pod = pod, .partitions = partitions, .count = count};
    if (pod->settings.replica && *pod->settings.replica)
        (void)snprintf(ownership->id, sizeof ownership->id, "%s", pod->settings.replica);
    else
        base_uuid(pod->random, ownership->id);
    put_prefix(&ownership->prefix, &pod->settings.input);
    ownership->owned = base_alloc((count + 1) * sizeof *ownership->owned);
}

void pod_ownership_release(struct pod_ownership *ownership)
{
    base_buf_release(&ownership->prefix);
    free(ownership->owned);
    memset(ownership, 0, sizeof *ownership);
}

enum base_status pod_ownership_balance(struct pod_ownership *ownership, struct base_error *err)
{
    struct round round = {.ownership = ownership};
    bool any_free = false;
    enum base_status status;

    round.seen = base_alloc((ownership->count + 1) * sizeof *round.seen);
    status = look(&round, err);
    if (status == BASE_OK)
        status = renew_all(&round, err);
    if (status == BASE_OK)
        status = claim_free(&round, &any_free, err);
    if (status == BASE_OK && !any_free)
        status = take_over_one(&round, err);
    free(round.seen);
    return status;
}

enum base_status pod_ownership_give_up(struct pod_ownership *ownership, struct base_error *err)
{
    enum base_status result = BASE_OK;

    for (size_t i = 0; i < ownership->count; i++) {
        struct base_error cause = {0};
        struct seen seen = {.there = true};
        enum base_status status;
        if (!ownership->owned[i].owned)
            continue;
        memcpy(seen.etag, ownership->owned[i].etag, sizeof seen.etag);
        status = write_owner(ownership, i, "", &seen, &cause);
        ownership->owned[i].owned = false;
        if (status != BASE_OK && status != BASE_CONFLICT && result == BASE_OK) {
            result = status;
            *err = cause;
        }
    }
    return result;
}

int pod_ownership_wait(const struct pod_ownership *ownership)
{
    const struct pod *pod = ownership->pod;
    int64_t real_ms = base_clock_real(&pod->clock, pod->settings.balance_s * 1000);

    return real_ms > INTERVAL_REAL_MS ? (int)real_ms : INTERVAL_REAL_MS;
}

/* The namespace may be written as a URL. */
static void put_prefix(struct base_buf *out, const struct pod_hub_settings *hub)
{
    const char *namespace = hub->namespace, *scheme = strstr(namespace, "://");

    if (scheme)
    namespace = scheme + 3;
    base_buf_printf(out, "%.*s/%s/%s/ownership/", (int)strcspn(namespace, "/"), namespace, hub->hub,
                    hub->group ? hub->group : "$Default");
    for (size_t i = 0; i < out->len; i++)
        out->data[i] = (char)tolower((unsigned char)out->data[i]);
}

static bool http_date(const char *text, int64_t *ms)
{
    struct tm tm = {0};

    if (!strptime(text, "%a, %d %b %Y %H:%M:%S", &tm))
        return false;
    *ms = (int64_t)timegm(&tm) * 1000;
    return true;
}

static bool expired(const struct pod_ownership *ownership, const char *last_modified)
{
    const struct pod *pod = ownership->pod;
    int64_t expiry = pod->settings.expiry_s * 1000;
    int64_t least = (int64_t)(EXPIRY_REAL_MS * pod->clock.rate), modified;

    if (!http_date(last_modified, &modified))
        return false;
    return modified + (expiry > least ? expiry : least) < base_clock_ms(&pod->clock);
}

static void see(struct round *round, const struct az_blob *blob)
{
    struct pod_ownership *ownership = round->ownership;
    const char *owner = base_headers_get(&blob->metadata, "ownerid"),
               *partition = blob->name + ownership->prefix.len;
    struct seen *seen = NULL;

    for (size_t i = 0; !seen && i < ownership->count; i++)
        if (strcasecmp(ownership->partitions[i], partition) == 0)
            seen = &round->seen[i];
    if (!seen)
        return;
    seen->there = true;
    memcpy(seen->etag, blob->etag, sizeof seen->etag);
    /* What is ours stays ours: the etag says whether somebody else was quicker. */
    if (owner && (strcmp(owner, ownership->id) == 0 || !expired(ownership, blob->last_modified)))
        (void)snprintf(seen->owner, sizeof seen->owner, "%s", owner);
}

static size_t share_of(const struct round *round, const char *owner)
{
    size_t share = 0;

    for (size_t i = 0; i < round->ownership->count; i++)
        share += strcmp(round->seen[i].owner, owner) == 0;
    return share;
}

static size_t count_owners(const struct round *round)
{
    size_t owners = 1;

    for (size_t i = 0; i < round->ownership->count; i++) {
        const char *owner = round->seen[i].owner;
        bool known = !*owner || strcmp(owner, round->ownership->id) == 0;
        for (size_t j = 0; !known && j < i; j++)
            known = strcmp(owner, round->seen[j].owner) == 0;
        owners += !known;
    }
    return owners;
}

static enum base_status look(struct round *round, struct base_error *err)
{
    struct pod *pod = round->ownership->pod;
    struct az_blob *blobs = NULL;
    size_t count = 0;
    struct base_error cause = {0};
    enum base_status status =
        az_blob_list(&pod->checkpoints, round->ownership->prefix.data, &blobs, &count, &cause);

    if (status == BASE_NOT_FOUND) {
        base_error_clear(&cause);
        status = az_container_create(&pod->checkpoints, &cause);
    }
    for (size_t i = 0; i < count; i++) {
        see(round, &blobs[i]);
        az_blob_release(&blobs[i]);
    }
    free(blobs);
    round->owners = count_owners(round);
    if (status != BASE_OK)
        *err = cause;
    return status;
}

/* A lost race is no failure: somebody else has it now. */
static enum base_status claim(struct round *round, size_t place, struct base_error *err)
{
    struct pod_ownership *ownership = round->ownership;
    struct base_error cause = {0};
    enum base_status status =
        write_owner(ownership, place, ownership->id, &round->seen[place], &cause);

    if (status == BASE_OK) {
        (void)snprintf(round->seen[place].owner, sizeof round->seen[place].owner, "%s",
                       ownership->id);
        ownership->owned[place].owned = true;
        round->mine++;
    } else if (status == BASE_CONFLICT) {
        ownership->owned[place].owned = false;
        return BASE_OK;
    } else {
        *err = cause;
    }
    return status;
}

static enum base_status renew_all(struct round *round, struct base_error *err)
{
    struct pod_ownership *ownership = round->ownership;
    enum base_status status = BASE_OK;

    for (size_t i = 0; status == BASE_OK && i < ownership->count; i++)
        if (strcmp(round->seen[i].owner, ownership->id) == 0)
            status = claim(round, i, err);
        else
            ownership->owned[i].owned = false;
    return status;
}

/* From a place of its own on: replicas that start together do not all ask for the same ones first. */
static enum base_status claim_free(struct round *round, bool *any_free, struct base_error *err)
{
    struct pod_ownership *ownership = round->ownership;
    size_t share = (ownership->count + round->owners - 1) / round->owners;
    uint32_t start;
    enum base_status status = BASE_OK;

    base_random_bytes(ownership->pod->random, &start, sizeof start);
    for (size_t n = 0; status == BASE_OK && n < ownership->count; n++) {
        size_t place = (start + n) % ownership->count;
        if (*round->seen[place].owner)
            continue;
        *any_free = true;
        if (round->mine < share)
            status = claim(round, place, err);
    }
    return status;
}

/* Only from one that has at least two more: so it ends, and two replicas never take the same one to and fro. */
static enum base_status take_over_one(struct round *round, struct base_error *err)
{
    struct pod_ownership *ownership = round->ownership;
    size_t most = 0, from = 0;

    for (size_t i = 0; i < ownership->count; i++) {
        size_t share = share_of(round, round->seen[i].owner);
        if (share > most) {
            most = share;
            from = i;
        }
    }
    if (most < round->mine + 2)
        return BASE_OK;
    base_log(BASE_LOG_INFO, POD_ROOM, NULL, "takes partition %s over from %s, which has %zu",
             ownership->partitions[from], round->seen[from].owner, most);
    return claim(round, from, err);
}

static enum base_status write_owner(struct pod_ownership *ownership, size_t place,
                                    const char *owner, const struct seen *seen,
                                    struct base_error *err)
{
    struct az_container *container = &ownership->pod->checkpoints;
    struct base_headers metadata = {0};
    char *name = base_asprintf("%s%s", ownership->prefix.data, ownership->partitions[place]);
    struct az_blob_write write = {.name = name, .body = "", .metadata = &metadata};
    char etag[64] = "";
    enum base_status status = BASE_NOT_FOUND;

    base_headers_add(&metadata, "ownerid", owner);
    if (seen->there) {
        write.if_match = seen->etag;
        status = az_blob_set_metadata(container, &write, etag, err);
    }
    if (status == BASE_NOT_FOUND && *owner) {
        base_error_clear(err);
        write.if_match = NULL;
        write.if_none_match = "*";
        status = az_blob_put(container, &write, etag, err);
    }
    if (status == BASE_OK)
        memcpy(ownership->owned[place].etag, etag, sizeof etag);
    base_headers_release(&metadata);
    free(name);
    return status;
}
