/* Moves metadata, etags and dates between headers and entries; metadata names keep their case and
 * compare without. */
#include "simulators/blob/server.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define META "x-ms-meta-"
#define META_MAX 8192 /* bytes of names and values together, as the service allows */

static bool name_ok(const char *name);
static void join(struct base_headers *out, const char *name, const char *value);

const char *blob_header(const struct blob_call *call, const char *name)
{
    return base_headers_get(call->request->headers, name);
}

const char *blob_query(const struct blob_call *call, const char *name)
{
    return base_query_get(call->arena, call->request->query, name);
}

bool blob_metadata_read(struct blob_call *call, struct base_headers *out)
{
    const struct base_headers *headers = call->request->headers;
    size_t total = 0;
    for (size_t i = 0; i < headers->count; i++) {
        const char *name = headers->items[i].name, *value = headers->items[i].value;
        if (!base_starts_nocase(name, META))
            continue;
        name += strlen(META);
        total += strlen(name) + strlen(value);
        if (!name_ok(name) || total > META_MAX) {
            base_headers_release(out);
            blob_refuse_with(call, "InvalidMetadata", "HeaderName", headers->items[i].name);
            return false;
        }
        join(out, name, value);
    }
    return true;
}

void blob_metadata_headers(struct blob_call *call, const struct base_headers *metadata)
{
    for (size_t i = 0; i < metadata->count; i++) {
        char *name = base_asprintf(META "%s", metadata->items[i].name);
        base_headers_add(&call->response->headers, name, metadata->items[i].value);
        free(name);
    }
}

void blob_metadata_xml(const struct base_headers *metadata, struct base_buf *out)
{
    base_buf_puts(out, "<Metadata>");
    for (size_t i = 0; i < metadata->count; i++)
        blob_xml_element(out, metadata->items[i].name, metadata->items[i].value);
    base_buf_puts(out, "</Metadata>");
}

void blob_stamp_headers(struct blob_call *call, const struct blob_entry *entry)
{
    char time[BASE_TIME_TEXT];
    base_time_http(entry->modified_ms, time);
    base_headers_set(&call->response->headers, "Last-Modified", time);
    char *etag = base_asprintf("\"%s\"", entry->etag);
    base_headers_set(&call->response->headers, "ETag", etag);
    free(etag);
}

/* A C# identifier, as the REST reference asks. */
static bool name_ok(const char *name)
{
    if (!isalpha((unsigned char)*name) && *name != '_')
        return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && *name != '_')
            return false;
    return true;
}

/* The same name twice becomes one, values parted by a comma. */
static void join(struct base_headers *out, const char *name, const char *value)
{
    for (size_t i = 0; i < out->count; i++) {
        if (!base_equal_nocase(out->items[i].name, name))
            continue;
        char *both = base_asprintf("%s,%s", out->items[i].value, value);
        free(out->items[i].value);
        out->items[i].value = both;
        return;
    }
    base_headers_add(out, name, value);
}
