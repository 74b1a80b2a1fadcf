/* Answers the operations on one blob: put, get, metadata, properties, lease, delete. */
#include "simulators/blob/server.h"

#include "common/crypto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct blob_content_header blob_content_headers[] = {
    {"x-ms-blob-content-type", "Content-Type"},
    {"x-ms-blob-content-encoding", "Content-Encoding"},
    {"x-ms-blob-content-language", "Content-Language"},
    {"x-ms-blob-content-md5", "Content-MD5"},
    {"x-ms-blob-cache-control", "Cache-Control"},
    {"x-ms-blob-content-disposition", "Content-Disposition"},
};
const size_t blob_content_header_count =
    sizeof(blob_content_headers) / sizeof(blob_content_headers[0]);

static struct blob_item *call_item(struct blob_call *call, struct blob_container **container);
static bool put_permitted(struct blob_call *call, struct blob_item *old);
static bool body_md5(struct blob_call *call, struct base_buf *out);
static void read_content(struct blob_call *call, bool putting, struct base_headers *out);
static bool read_range(struct blob_call *call, size_t size, size_t *from, size_t *to);
static bool parse_range(const char *text, size_t size, size_t *from, size_t *to);
static void item_headers(struct blob_call *call, const struct blob_item *item);

void blob_item_put(struct blob_call *call)
{
    struct blob_container *container = blob_call_container(call);
    struct blob_item *item = container ? blob_item_find(container, call->item_name) : NULL;
    struct base_headers metadata = {0};
    struct base_buf md5 = {0};

    if (!container || !put_permitted(call, item) || !body_md5(call, &md5))
        goto done;
    if (!blob_metadata_read(call, &metadata))
        goto done;
    if (!item)
        item = blob_item_make(call->blob, container, call->item_name);
    base_headers_release(&item->entry.metadata);
    base_headers_release(&item->content);
    item->entry.metadata = metadata;
    read_content(call, true, &item->content);
    if (!base_headers_get(&item->content, "Content-MD5"))
        base_headers_set(&item->content, "Content-MD5", md5.data);
    base_buf_clear(&item->body);
    base_buf_append(&item->body, call->request->body, call->request->body_len);
    blob_entry_touch(call->blob, &item->entry);
    blob_item_save(call->blob, call->account, container, item);
    call->response->status = 201;
    blob_stamp_headers(call, &item->entry);
    base_headers_set(&call->response->headers, "Content-MD5", md5.data);
    base_headers_set(&call->response->headers, "x-ms-request-server-encrypted", "true");
done:
    base_buf_release(&md5);
}

void blob_item_get(struct blob_call *call)
{
    struct blob_container *container;
    struct blob_item *item = call_item(call, &container);
    size_t from = 0, to = item ? item->body.len : 0;
    if (!item || !blob_lease_permits(call, &item->entry, false) ||
        !blob_conditions_hold(call, &item->entry, true) ||
        !read_range(call, item->body.len, &from, &to))
        return;
    bool head = strcmp(call->request->method, "HEAD") == 0;
    call->response->status = 200;
    item_headers(call, item);
    if (!head && (blob_header(call, "x-ms-range") || blob_header(call, "Range"))) {
        call->response->status = 206;
        base_headers_addf(&call->response->headers, "Content-Range", "bytes %zu-%zu/%zu", from,
                          to - 1, item->body.len);
    }
    if (head)
        base_headers_addf(&call->response->headers, "Content-Length", "%zu", item->body.len);
    else
        base_buf_append(&call->response->body, item->body.data ? item->body.data + from : "",
                        to - from);
}

void blob_item_get_metadata(struct blob_call *call)
{
    struct blob_container *container;
    struct blob_item *item = call_item(call, &container);
    if (!item || !blob_lease_permits(call, &item->entry, false) ||
        !blob_conditions_hold(call, &item->entry, true))
        return;
    call->response->status = 200;
    blob_stamp_headers(call, &item->entry);
    blob_metadata_headers(call, &item->entry.metadata);
}

void blob_item_set_metadata(struct blob_call *call)
{
    struct blob_container *container;
    struct blob_item *item = call_item(call, &container);
    struct base_headers metadata = {0};
    if (!item || !blob_conditions_hold(call, &item->entry, false) ||
        !blob_lease_permits(call, &item->entry, true) || !blob_metadata_read(call, &metadata))
        return;
    base_headers_release(&item->entry.metadata);
    item->entry.metadata = metadata;
    blob_entry_touch(call->blob, &item->entry);
    blob_item_save(call->blob, call->account, container, item);
    call->response->status = 200;
    blob_stamp_headers(call, &item->entry);
    base_headers_set(&call->response->headers, "x-ms-request-server-encrypted", "true");
}

void blob_item_set_properties(struct blob_call *call)
{
    struct blob_container *container;
    struct blob_item *item = call_item(call, &container);
    if (!item || !blob_conditions_hold(call, &item->entry, false) ||
        !blob_lease_permits(call, &item->entry, true))
        return;
    base_headers_release(&item->content);
    read_content(call, false, &item->content);
    blob_entry_touch(call->blob, &item->entry);
    blob_item_save(call->blob, call->account, container, item);
    call->response->status = 200;
    blob_stamp_headers(call, &item->entry);
}

void blob_item_lease(struct blob_call *call)
{
    struct blob_container *container;
    struct blob_item *item = call_item(call, &container);
    if (item && blob_conditions_hold(call, &item->entry, false) &&
        blob_lease_run(call, &item->entry))
        blob_item_save(call->blob, call->account, container, item);
}

void blob_item_delete(struct blob_call *call)
{
    struct blob_container *container;
    struct blob_item *item = call_item(call, &container);
    if (!item || !blob_conditions_hold(call, &item->entry, false) ||
        !blob_lease_permits(call, &item->entry, true))
        return;
    blob_item_drop(call->blob, call->account, container, item);
    call->response->status = 202;
    base_headers_set(&call->response->headers, "x-ms-delete-type-permanent", "true");
}

/* -- helpers -- */

static struct blob_item *call_item(struct blob_call *call, struct blob_container **container)
{
    *container = blob_call_container(call);
    struct blob_item *item = *container ? blob_item_find(*container, call->item_name) : NULL;
    if (*container && !item)
        blob_refuse(call, "BlobNotFound");
    return item;
}

/* The type, the copy forms that we do not have, the conditions ("*" on an existing blob has its own
 * code), the lease. */
static bool put_permitted(struct blob_call *call, struct blob_item *old)
{
    const char *type = blob_header(call, "x-ms-blob-type"),
               *none = blob_header(call, "If-None-Match");
    if (blob_header(call, "x-ms-copy-source")) {
        blob_refuse_with(call, "NotImplemented", "HeaderName", "x-ms-copy-source");
        return false;
    }
    if (!type) {
        blob_refuse_with(call, "MissingRequiredHeader", "HeaderName", "x-ms-blob-type");
        return false;
    }
    if (!base_equal_nocase(type, "BlockBlob")) {
        bool known = base_equal_nocase(type, "PageBlob") || base_equal_nocase(type, "AppendBlob");
        blob_refuse_with(call, known ? "NotImplemented" : "InvalidHeaderValue", "HeaderName",
                         "x-ms-blob-type");
        return false;
    }
    if (old && none && base_equal(none, "*")) {
        blob_refuse(call, "BlobAlreadyExists");
        return false;
    }
    return blob_conditions_hold(call, old ? &old->entry : NULL, false) &&
           (!old ? true : blob_lease_permits(call, &old->entry, true));
}

/* Appends base64 of the body's digest; false when the request claims another. */
static bool body_md5(struct blob_call *call, struct base_buf *out)
{
    unsigned char digest[16];
    const char *claimed = blob_header(call, "Content-MD5");
    base_md5(call->request->body, call->request->body_len, digest);
    base_base64_encode(out, digest, sizeof(digest));
    if (!claimed || strcmp(claimed, out->data) == 0)
        return true;
    blob_refuse_with(call, "Md5Mismatch", "ServerCalculatedMd5", out->data);
    return false;
}

/* A put also takes the plain headers; what it does not say about the type becomes octet-stream. */
static void read_content(struct blob_call *call, bool putting, struct base_headers *out)
{
    for (size_t i = 0; i < blob_content_header_count; i++) {
        const char *value = blob_header(call, blob_content_headers[i].set);
        if (!value && putting)
            value = blob_header(call, blob_content_headers[i].get);
        if (value && *value)
            base_headers_set(out, blob_content_headers[i].get, value);
    }
    if (!base_headers_get(out, "Content-Type"))
        base_headers_set(out, "Content-Type", "application/octet-stream");
}

static bool read_range(struct blob_call *call, size_t size, size_t *from, size_t *to)
{
    const char *range = blob_header(call, "x-ms-range");
    if (!range)
        range = blob_header(call, "Range");
    if (!range || strcmp(call->request->method, "HEAD") == 0)
        return true;
    if (parse_range(range, size, from, to))
        return true;
    base_headers_addf(&call->response->headers, "Content-Range", "bytes */%zu", size);
    blob_refuse(call, "InvalidRange");
    return false;
}

/* "bytes=from-" or "bytes=from-last"; the service knows no other form. */
static bool parse_range(const char *text, size_t size, size_t *from, size_t *to)
{
    unsigned long long first, last = 0;
    char dash = 0, more = 0;
    int fields = sscanf(text, "bytes=%llu%c%llu%c", &first, &dash, &last, &more);
    if ((fields != 2 && fields != 3) || dash != '-' || first >= size ||
        (fields == 3 && last < first))
        return false;
    *from = (size_t)first;
    *to = fields == 3 && last < size ? (size_t)last + 1 : size;
    return true;
}

static void item_headers(struct blob_call *call, const struct blob_item *item)
{
    struct base_headers *headers = &call->response->headers;
    char time[BASE_TIME_TEXT];
    for (size_t i = 0; i < item->content.count; i++)
        base_headers_set(headers, item->content.items[i].name, item->content.items[i].value);
    blob_stamp_headers(call, &item->entry);
    blob_metadata_headers(call, &item->entry.metadata);
    blob_lease_headers(call, &item->entry);
    base_time_http(item->entry.created_ms, time);
    base_headers_set(headers, "x-ms-creation-time", time);
    base_headers_set(headers, "x-ms-blob-type", "BlockBlob");
    base_headers_set(headers, "x-ms-server-encrypted", "true");
    base_headers_set(headers, "x-ms-access-tier", "Hot");
    base_headers_set(headers, "x-ms-access-tier-inferred", "true");
    base_headers_set(headers, "Accept-Ranges", "bytes");
}
