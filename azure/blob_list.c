/* Decides how a blob listing is read: the few elements of its XML that matter, and no more XML than
 * that. */
#include "azure/blob.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The text between <tag> and </tag> within [from, end), entities undone; NULL when absent. */
static char *element(const char *from, const char *end, const char *tag)
{
    static const struct {
        const char *entity;
        char c;
    } entities[] = {
        {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};
    char open[80], close[80];
    struct base_buf text = {0};

    snprintf(open, sizeof open, "<%s>", tag);
    snprintf(close, sizeof close, "</%s>", tag);
    const char *start = memmem(from, (size_t)(end - from), open, strlen(open));
    const char *stop = start ? memmem(start, (size_t)(end - start), close, strlen(close)) : NULL;
    if (!stop)
        return NULL;
    for (start += strlen(open); start < stop;) {
        size_t skip = 1;
        char c = *start;
        for (size_t i = 0; c == '&' && i < sizeof entities / sizeof *entities; i++) {
            if (!strncmp(start, entities[i].entity, strlen(entities[i].entity))) {
                c = entities[i].c;
                skip = strlen(entities[i].entity);
                break;
            }
        }
        base_buf_putc(&text, c);
        start += skip;
    }
    return base_buf_take(&text);
}

static void read_metadata(const char *from, const char *end, struct base_headers *out)
{
    const char *start = memmem(from, (size_t)(end - from), "<Metadata>", 10);
    const char *stop = start ? memmem(start, (size_t)(end - start), "</Metadata>", 11) : NULL;

    if (!stop)
        return;
    for (const char *at = start + 10; (at = memchr(at, '<', (size_t)(stop - at))) && at < stop;
         at++) {
        char name[72];
        size_t len = strcspn(at + 1, "/> ");
        if (at[1] == '/' || !len || len >= sizeof name)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)len, at + 1);
        char *value = at[1 + len] == '/' ? NULL : element(at, stop, name);
        base_headers_add(out, name, value ? value : "");
        free(value);
    }
}

static void read_blob(const char *from, const char *end, struct az_blob *out)
{
    char *etag = element(from, end, "Etag"), *modified = element(from, end, "Last-Modified");

    memset(out, 0, sizeof *out);
    out->name = element(from, end, "Name");
    snprintf(out->etag, sizeof out->etag, "%s", etag ? etag : "");
    snprintf(out->last_modified, sizeof out->last_modified, "%s", modified ? modified : "");
    read_metadata(from, end, &out->metadata);
    free(etag);
    free(modified);
}

static void read_page(const struct base_buf *xml, struct az_blob **out, size_t *count)
{
    const char *at = xml->data;

    while ((at = strstr(at, "<Blob>"))) {
        const char *stop = strstr(at, "</Blob>");
        if (!stop)
            break;
        *out = base_realloc(*out, (*count + 1) * sizeof **out);
        read_blob(at, stop, &(*out)[*count]);
        if ((*out)[*count].name)
            ++*count;
        else
            az_blob_release(&(*out)[*count]);
        at = stop;
    }
}

static char *page_url(const struct az_container *container, const char *prefix, const char *marker)
{
    struct base_buf url = {0};

    base_buf_printf(&url, "%s?restype=container&comp=list&include=metadata", container->url);
    base_query_add(&url, "prefix", prefix);
    if (marker)
        base_query_add(&url, "marker", marker);
    return base_buf_take(&url);
}

enum base_status az_blob_list(const struct az_container *container, const char *prefix,
                              struct az_blob **out, size_t *count, struct base_error *err)
{
    struct base_headers headers = {0};
    enum base_status status;
    char *marker = NULL;

    *out = NULL;
    *count = 0;
    base_headers_set(&headers, "x-ms-version", "2020-04-08");
    base_headers_set(&headers, "Accept", "application/xml");
    do {
        struct base_http_answer answer = {0};
        char *url = page_url(container, prefix, marker);
        struct az_call call = {
            .method = "GET", .url = url, .resource = AZ_STORAGE_RESOURCE, .headers = &headers};
        status = az_send(&container->az, container->credential, &call, &answer, err);
        free(marker);
        marker = NULL;
        if (status == BASE_OK && answer.body.len) {
            read_page(&answer.body, out, count);
            marker = element(answer.body.data, answer.body.data + answer.body.len, "NextMarker");
        }
        if (marker && !*marker) {
            free(marker);
            marker = NULL;
        }
        free(url);
        base_http_answer_release(&answer);
    } while (status == BASE_OK && marker);
    base_headers_release(&headers);
    return status;
}
