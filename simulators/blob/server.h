/* blob/server.h: one Blob REST request on its way from the host name to its handler. */
#ifndef BLOB_SERVER_H
#define BLOB_SERVER_H

#include "simulators/blob/world.h"

enum blob_level { BLOB_SERVICE, BLOB_CONTAINER, BLOB_BLOB };

struct blob_call;

struct blob_route {
    const char *method;
    enum blob_level level;
    const char *restype, *comp; /* NULL: must be absent; "?": ignored */
    void (*run)(struct blob_call *call);
    const char *action; /* under Microsoft.Storage/storageAccounts/blobServices/containers/ */
    bool data;          /* a data action */
    bool unlocked;      /* run without the room's lock: the handler takes it itself */
};

struct blob_call {
    blob_t *blob;
    const struct base_http_request *request;
    struct base_http_response *response;
    struct base_arena *arena;
    const struct blob_route *route;
    int64_t now_ms;
    char request_id[BASE_UUID_TEXT];
    const char *account_name, *account_id;
    const char *keys[2];
    bool shared_key;
    const char *container_name, *item_name; /* decoded; NULL when the path has none */
    char caller[BASE_UUID_TEXT];            /* object id; "" with Shared Key */
    struct blob_account *account;           /* set while the lock is held */
};

/* A request header; NULL when absent. A query parameter, decoded; NULL when absent. */
const char *blob_header(const struct blob_call *call, const char *name);
const char *blob_query(const struct blob_call *call, const char *name);

/* server.c: the routes, for COVERAGE.md; fault.c: the REST reference's name of one. */
const struct blob_route *blob_routes(size_t *count);
const char *blob_operation(const char *method, enum blob_level level,
                           const char *comp); /* NULL when it has none */
/* server.c: the handler of *.blob.core.windows.net (context: blob_t). */
void blob_handle(void *context, const struct base_http_request *request,
                 struct base_http_response *response);

/* auth.c: who asks, and may they? False: refused, the answer is filled. Lock not held. */
bool blob_authorize(struct blob_call *call);
/* May the caller of a Bearer token do `action` (relative, see blob_route)? Always true with Shared
 * Key. */
bool blob_may(struct blob_call *call, const char *action, bool data);

/* error.c: fills the answer: status, x-ms-error-code, XML body. `code` must be in the table there.
 * `detail` NULL: none; else it becomes the element named by `element`. */
void blob_refuse(struct blob_call *call, const char *code);
void blob_refuse_with(struct blob_call *call, const char *code, const char *element,
                      const char *detail);
/* Appends text with XML's five characters escaped. */
void blob_xml_text(struct base_buf *out, const char *text);
/* <name>text</name>, or <name /> when empty. */
void blob_xml_element(struct base_buf *out, const char *name, const char *text);

/* condition.c: If-Match and its kin against `entry` (NULL: the blob is absent). False: refused, the
 * answer is filled. */
bool blob_conditions_hold(struct blob_call *call, const struct blob_entry *entry, bool reading);

/* lease.c */
enum blob_lease_state blob_lease_now(const struct blob_lease *lease, int64_t now_ms);
const char *blob_lease_state_name(enum blob_lease_state state);
/* PUT ?comp=lease on a container or blob. True: the entry's lease changed. */
bool blob_lease_run(struct blob_call *call, struct blob_entry *entry);
/* May this write (or read with a lease id) go on? False: refused. A write ends an expired or broken
 * lease's memory. */
bool blob_lease_permits(struct blob_call *call, struct blob_entry *entry, bool writing);
/* x-ms-lease-status, -state, -duration of an answer. */
void blob_lease_headers(struct blob_call *call, const struct blob_entry *entry);
void blob_lease_xml(const struct blob_lease *lease, int64_t now_ms, struct base_buf *out);

/* meta.c: x-ms-meta-* headers in and out. False: refused (InvalidMetadata). */
bool blob_metadata_read(struct blob_call *call, struct base_headers *out);
void blob_metadata_headers(struct blob_call *call, const struct base_headers *metadata);
void blob_metadata_xml(const struct base_headers *metadata, struct base_buf *out);
/* ETag and Last-Modified of an answer. */
void blob_stamp_headers(struct blob_call *call, const struct blob_entry *entry);

/* The operations. */
void blob_container_list(struct blob_call *call);
void blob_container_create(struct blob_call *call);
void blob_container_get(struct blob_call *call);
void blob_container_set_metadata(struct blob_call *call);
void blob_container_lease(struct blob_call *call);
void blob_container_delete(struct blob_call *call);
void blob_item_list(struct blob_call *call);
void blob_item_put(struct blob_call *call);
void blob_item_get(struct blob_call *call);
void blob_item_get_metadata(struct blob_call *call);
void blob_item_set_metadata(struct blob_call *call);
void blob_item_set_properties(struct blob_call *call);
void blob_item_lease(struct blob_call *call);
void blob_item_delete(struct blob_call *call);
/* The call's container; NULL: refused (ContainerNotFound). */
struct blob_container *blob_call_container(struct blob_call *call);

/* Content headers: what a writer sends, what a reader gets. */
struct blob_content_header {
    const char *set; /* "x-ms-blob-content-type" */
    const char *get; /* "Content-Type" */
};
extern const struct blob_content_header blob_content_headers[];
extern const size_t blob_content_header_count;

#endif
