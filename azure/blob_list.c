/* Decides how a blob listing is read: the few elements of its XML that matter. */
#include "azure/blob_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGES_MAX 1000

struct listing {
    struct az_blob *blobs;
    size_t count;
};

/* What stands between <tag> and </tag> within [*from, *end): narrows both. False: none. */
static bool inside(const char **from, const char **end, const char *tag)
{
    char open[32], close[32];

    snprintf(open, sizeof open, "<%s>", tag);
    snprintf(close, sizeof close, "</%s>", tag);
    const char *start = memmem(*from, (size_t)(*end - *from), open, strlen(open));
    const char *stop = start ? memmem(start, (size_t)(*end - start), close, strlen(close)) : NULL;
    if (!stop)
        return false;
    *from = start + strlen(open);
    *end = stop;
    return true;
}

/* <name>value</name>, <name/> and <name />, one after the other. */
static void read_metadata(const char *from, const char *end, struct base_headers *out)
{
    if (!inside(&from, &end, "Metadata"))
        return;
    while ((from = memchr(from, '<', (size_t)(end - from)))) {
        size_t len = strcspn(from + 1, "/> \t\r\n");
        if (from[1] != '/' && len && from + 1 + len < end) {
            char *name = base_strndup(from + 1, len), *value = az_xml_text(from, end, name);
            base_headers_add(out, name, value ? value : "");
            free(name);
            free(value);
        }
        from++;
    }
}

static void read_blob(const char *from, const char *end, struct az_blob *out)
{
    const char *properties = from, *properties_end = end;

    memset(out, 0, sizeof *out);
    out->name = az_xml_text(from, end, "Name");
    if (inside(&properties, &properties_end, "Properties")) {
        char *etag = az_xml_text(properties, properties_end, "Etag"),
             *modified = az_xml_text(properties, properties_end, "Last-Modified");
        az_blob_copy_etag(etag, out->etag);
        snprintf(out->last_modified, sizeof out->last_modified, "%s", modified ? modified : "");
        free(etag);
        free(modified);
    }
    read_metadata(from, end, &out->metadata);
}

static enum base_status read_page(const struct az_container *container, const struct base_buf *xml,
                                  struct listing *list, struct base_error *err)
{
    const char *at = xml->data, *end = at + xml->len;

    if (!xml->len || !memmem(at, xml->len, "<EnumerationResults", 19) ||
        !memmem(at, xml->len, "</EnumerationResults>", 21))
        return base_error_set(err, BASE_PROTOCOL, "InvalidAnswer",
                              "the list of %s is not an XML text of EnumerationResults",
                              container->url);
    for (;;) {
        const char *stop = end;
        if (!inside(&at, &stop, "Blob"))
            return BASE_OK;
        list->blobs = base_realloc(list->blobs, (list->count + 1) * sizeof *list->blobs);
        struct az_blob *blob = &list->blobs[list->count++];
        read_blob(at, stop, blob);
        if (!blob->name || !*blob->name)
            return base_error_set(err, BASE_PROTOCOL, "InvalidAnswer",
                                  "the list of %s holds a blob without a name", container->url);
        at = stop;
    }
}

static char *page_url(const struct az_container *container, const char *prefix, const char *marker)
{
    struct base_buf url = {0};
    size_t len = strlen(container->url);

    while (len && container->url[len - 1] == '/')
        len--;
    base_buf_printf(&url, "%.*s?restype=container&comp=list&include=metadata", (int)len,
                    container->url);
    if (prefix && *prefix)
        base_query_add(&url, "prefix", prefix);
    if (marker)
        base_query_add(&url, "marker", marker);
    return base_buf_take(&url);
}

/* Behind the blobs, whose metadata may have any name; NULL when this was the last page. */
static char *next_marker(const struct base_buf *xml)
{
    const char *blobs = memmem(xml->data, xml->len, "</Blobs>", 8);
    char *marker = az_xml_text(blobs ? blobs : xml->data, xml->data + xml->len, "NextMarker");

    if (marker && *marker)
        return marker;
    free(marker);
    return NULL;
}

/* *marker: where this page starts, then where the next one does; NULL: nowhere. */
static enum base_status get_page(const struct az_container *container, const char *prefix,
                                 char **marker, struct listing *list, struct base_error *err)
{
    struct base_headers headers = {0};
    struct base_http_answer answer = {0};
    struct az_call call = {.method = "GET", .url = page_url(container, prefix, *marker)};
    enum base_status status = az_blob_exchange(container, &call, &headers, &answer, err);

    free(*marker);
    *marker = NULL;
    if (status == BASE_OK)
        status = read_page(container, &answer.body, list, err);
    if (status == BASE_OK)
        *marker = next_marker(&answer.body);
    base_http_answer_release(&answer);
    return status;
}

enum base_status az_blob_list(const struct az_container *container, const char *prefix,
                              struct az_blob **out, size_t *count, struct base_error *err)
{
    struct listing list = {0};
    char *marker = NULL;
    int pages = 0;
    enum base_status status;

    do {
        status = pages++ < PAGES_MAX ? get_page(container, prefix, &marker, &list, err)
                                     : base_error_set(err, BASE_TOO_LARGE, NULL,
                                                      "the list of %s has more than %d pages",
                                                      container->url, PAGES_MAX);
    } while (status == BASE_OK && marker);
    free(marker);
    while (status != BASE_OK && list.count)
        az_blob_release(&list.blobs[--list.count]);
    if (status != BASE_OK) {
        free(list.blobs);
        list.blobs = NULL;
    }
    *out = list.blobs;
    *count = list.count;
    return status;
}
