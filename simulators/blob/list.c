/* Answers "List Blobs": prefix, delimiter, marker, maxresults and include, as XML. */
#include "simulators/blob/server.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_MAX 5000
#define MARKER "2!" /* opaque to clients: this, then base64 of the first name of the next page */

struct listing {
    const char *prefix, *delimiter, *marker, *next; /* next: where the next page begins */
    int64_t max;
    bool metadata;
};

static bool read_listing(struct blob_call *call, struct listing *list);
static bool read_include(struct blob_call *call, struct listing *list);
static bool read_marker(struct blob_call *call, struct listing *list);
static void list_page(struct blob_call *call, const struct blob_container *container,
                      struct listing *list);
static void list_item(struct blob_call *call, const struct blob_item *item, bool metadata);
static size_t skip_prefix(const struct blob_container *container, size_t at, const char *common);
static const char *common_prefix(struct blob_call *call, const struct listing *list,
                                 const char *name);
static void put_next(struct base_buf *out, const char *next);

void blob_item_list(struct blob_call *call)
{
    struct listing list = {.max = PAGE_MAX};
    struct blob_container *container = blob_call_container(call);
    struct base_buf *out = &call->response->body;
    if (!container || !read_listing(call, &list))
        return;
    base_http_answer_text(call->response, 200, "application/xml", "");
    base_buf_printf(out,
                    "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults "
                    "ServiceEndpoint=\"https://%s/\" ContainerName=\"%s\">",
                    call->request->host, container->entry.name);
    if (list.prefix)
        blob_xml_element(out, "Prefix", list.prefix);
    if (blob_query(call, "marker"))
        blob_xml_element(out, "Marker", blob_query(call, "marker"));
    if (blob_query(call, "maxresults"))
        blob_xml_element(out, "MaxResults", blob_query(call, "maxresults"));
    if (list.delimiter)
        blob_xml_element(out, "Delimiter", list.delimiter);
    base_buf_puts(out, "<Blobs>");
    list_page(call, container, &list);
    base_buf_puts(out, "</Blobs>");
    put_next(out, list.next);
    base_buf_puts(out, "</EnumerationResults>");
}

/* -- the query -- */

static bool read_listing(struct blob_call *call, struct listing *list)
{
    const char *max = blob_query(call, "maxresults"), *delimiter = blob_query(call, "delimiter");
    list->prefix = blob_query(call, "prefix");
    list->delimiter = delimiter && *delimiter ? delimiter : NULL;
    if (max && (!base_parse_int64(max, &list->max) || list->max < 1)) {
        blob_refuse_with(call, "OutOfRangeQueryParameterValue", "QueryParameterName", "maxresults");
        return false;
    }
    if (list->max > PAGE_MAX)
        list->max = PAGE_MAX;
    return read_include(call, list) && read_marker(call, list);
}

/* Snapshots, versions, tags... do not exist here, so asking for them adds nothing; an unknown word
 * is an error. */
static bool read_include(struct blob_call *call, struct listing *list)
{
    static const char *const known[] = {
        "metadata", "snapshots",           "uncommittedblobs",   "copy",      "deleted",    "tags",
        "versions", "deletedwithversions", "immutabilitypolicy", "legalhold", "permissions"};
    const char *include = blob_query(call, "include");
    char *rest = include ? base_arena_strdup(call->arena, include) : NULL;
    for (char *word; rest && (word = strsep(&rest, ",")) != NULL;) {
        bool found = *word == '\0';
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            found = found || base_equal_nocase(word, known[i]);
        list->metadata = list->metadata || base_equal_nocase(word, "metadata");
        if (!found) {
            blob_refuse_with(call, "InvalidQueryParameterValue", "QueryParameterName", "include");
            return false;
        }
    }
    return true;
}

static bool read_marker(struct blob_call *call, struct listing *list)
{
    const char *marker = blob_query(call, "marker");
    struct base_buf name = {0};
    list->marker = "";
    if (!marker || !*marker)
        return true;
    bool good = strncmp(marker, MARKER, strlen(MARKER)) == 0 &&
                base_base64_decode(&name, marker + strlen(MARKER), strlen(marker + strlen(MARKER)));
    if (good)
        list->marker = base_arena_strdup(call->arena, name.data ? name.data : "");
    else
        blob_refuse_with(call, "InvalidQueryParameterValue", "QueryParameterName", "marker");
    base_buf_release(&name);
    return good;
}

/* -- the answer -- */

static void list_page(struct blob_call *call, const struct blob_container *container,
                      struct listing *list)
{
    const char *prefix = list->prefix ? list->prefix : "";
    const char *start = strcmp(list->marker, prefix) > 0 ? list->marker : prefix;
    size_t at = blob_item_lower(container, start);
    for (int64_t shown = 0; at < container->count; shown++) {
        const struct blob_item *item = container->items[at];
        if (strncmp(item->entry.name, prefix, strlen(prefix)) != 0)
            return;
        if (shown == list->max) {
            list->next = item->entry.name;
            return;
        }
        const char *common = common_prefix(call, list, item->entry.name);
        if (common) {
            base_buf_puts(&call->response->body, "<BlobPrefix>");
            blob_xml_element(&call->response->body, "Name", common);
            base_buf_puts(&call->response->body, "</BlobPrefix>");
            at = skip_prefix(container, at, common);
        } else {
            list_item(call, item, list->metadata);
            at++;
        }
    }
}

static void list_item(struct blob_call *call, const struct blob_item *item, bool metadata)
{
    struct base_buf *out = &call->response->body;
    char created[BASE_TIME_TEXT], modified[BASE_TIME_TEXT];
    base_time_http(item->entry.created_ms, created);
    base_time_http(item->entry.modified_ms, modified);
    base_buf_puts(out, "<Blob>");
    blob_xml_element(out, "Name", item->entry.name);
    base_buf_printf(out,
                    "<Properties><Creation-Time>%s</Creation-Time><Last-Modified>%s</"
                    "Last-Modified><Etag>%s</Etag>"
                    "<Content-Length>%zu</Content-Length>",
                    created, modified, item->entry.etag, item->body.len);
    for (size_t i = 0; i < blob_content_header_count; i++)
        blob_xml_element(out, blob_content_headers[i].get,
                         base_headers_get(&item->content, blob_content_headers[i].get));
    base_buf_puts(out, "<BlobType>BlockBlob</BlobType><AccessTier>Hot</AccessTier>"
                       "<AccessTierInferred>true</AccessTierInferred>");
    blob_lease_xml(&item->entry.lease, call->now_ms, out);
    base_buf_puts(out, "<ServerEncrypted>true</ServerEncrypted></Properties>");
    if (metadata)
        blob_metadata_xml(&item->entry.metadata, out);
    base_buf_puts(out, "<OrMetadata /></Blob>");
}

/* "a/b/" for "a/b/c" under prefix "a/" and delimiter "/"; NULL when the rest holds no delimiter. */
static const char *common_prefix(struct blob_call *call, const struct listing *list,
                                 const char *name)
{
    if (!list->delimiter)
        return NULL;
    const char *hit = strstr(name + (list->prefix ? strlen(list->prefix) : 0), list->delimiter);
    return hit ? base_arena_strndup(call->arena, name,
                                    (size_t)(hit - name) + strlen(list->delimiter))
               : NULL;
}

static size_t skip_prefix(const struct blob_container *container, size_t at, const char *common)
{
    size_t len = strlen(common);
    while (at < container->count && strncmp(container->items[at]->entry.name, common, len) == 0)
        at++;
    return at;
}

static void put_next(struct base_buf *out, const char *next)
{
    if (!next) {
        base_buf_puts(out, "<NextMarker />");
        return;
    }
    base_buf_puts(out, "<NextMarker>" MARKER);
    base_base64_encode(out, next, strlen(next));
    base_buf_puts(out, "</NextMarker>");
}
