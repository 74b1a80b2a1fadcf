/* Decides how blobs are written, read and listed. */
#include "azure/blob_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API_VERSION "2020-04-08" /* with a bearer token the service asks for no date */
#define META "x-ms-meta-"

void az_blob_release(struct az_blob *blob)
{
    free(blob->name);
    base_headers_release(&blob->metadata);
    base_buf_release(&blob->body);
    memset(blob, 0, sizeof *blob);
}

static char *url_of(const struct az_container *container, const char *name, const char *query)
{
    struct base_buf url = {0};
    size_t len = strlen(container->url);

    while (len && container->url[len - 1] == '/')
        len--;
    base_buf_append(&url, container->url, len);
    if (name) {
        base_buf_putc(&url, '/');
        base_uri_encode(&url, name, "/");
    }
    if (query)
        base_buf_printf(&url, "?%s", query);
    return base_buf_take(&url);
}

enum base_status az_blob_exchange(const struct az_container *container, struct az_call *call,
                                  struct base_headers *headers, struct base_http_answer *answer,
                                  struct base_error *err)
{
    base_headers_set(headers, "x-ms-version", API_VERSION);
    base_headers_set(headers, "Accept", "application/xml");
    call->headers = headers;
    call->resource = AZ_STORAGE_RESOURCE;
    enum base_status status = az_send(&container->az, container->credential, call, answer, err);
    base_headers_release(headers);
    free((char *)call->url);
    call->url = NULL;
    return status;
}

void az_blob_copy_etag(const char *text, char out[64])
{
    size_t len;

    if (!text)
        text = "";
    if (text[0] == 'W' && text[1] == '/')
        text += 2;
    text += *text == '"';
    len = strcspn(text, "\"");
    snprintf(out, 64, "%.*s", (int)len, text);
}

static void quote_etag(struct base_headers *headers, const char *name, const char *etag)
{
    if (!etag)
        return;
    if (!strcmp(etag, "*") || *etag == '"')
        base_headers_set(headers, name, etag);
    else
        base_headers_addf(headers, name, "\"%s\"", etag);
}

static void write_headers(const struct az_blob_write *write, struct base_headers *headers)
{
    for (size_t i = 0; write->metadata && i < write->metadata->count; i++) {
        char *name = base_asprintf(META "%s", write->metadata->items[i].name);
        base_headers_add(headers, name, write->metadata->items[i].value);
        free(name);
    }
    quote_etag(headers, "If-Match", write->if_match);
    quote_etag(headers, "If-None-Match", write->if_none_match);
}

static enum base_status send_write(const struct az_container *container, struct az_call *call,
                                   struct base_headers *headers, char etag[64],
                                   struct base_error *err)
{
    struct base_http_answer answer = {0};
    enum base_status status = az_blob_exchange(container, call, headers, &answer, err);

    if (status == BASE_OK && etag)
        az_blob_copy_etag(base_headers_get(&answer.headers, "ETag"), etag);
    base_http_answer_release(&answer);
    return status;
}

enum base_status az_blob_put(const struct az_container *container,
                             const struct az_blob_write *write, char etag[64],
                             struct base_error *err)
{
    struct base_headers headers = {0};
    struct az_call call = {.method = "PUT",
                           .url = url_of(container, write->name, NULL),
                           .body = write->body_len ? write->body : "",
                           .body_len = write->body_len,
                           .content_type = write->content_type ? write->content_type
                                                               : "application/octet-stream"};

    base_headers_set(&headers, "x-ms-blob-type", "BlockBlob");
    write_headers(write, &headers);
    return send_write(container, &call, &headers, etag, err);
}

enum base_status az_blob_set_metadata(const struct az_container *container,
                                      const struct az_blob_write *write, char etag[64],
                                      struct base_error *err)
{
    struct base_headers headers = {0};
    struct az_call call = {.method = "PUT",
                           .url = url_of(container, write->name, "comp=metadata"),
                           .body = "",
                           .content_type = "application/octet-stream"};

    write_headers(write, &headers);
    return send_write(container, &call, &headers, etag, err);
}

static void read_properties(const char *name, const struct base_http_answer *answer,
                            struct az_blob *out)
{
    const char *modified = base_headers_get(&answer->headers, "Last-Modified");

    out->name = base_strdup(name);
    az_blob_copy_etag(base_headers_get(&answer->headers, "ETag"), out->etag);
    snprintf(out->last_modified, sizeof out->last_modified, "%s", modified ? modified : "");
    for (size_t i = 0; i < answer->headers.count; i++)
        if (base_starts_nocase(answer->headers.items[i].name, META))
            base_headers_add(&out->metadata, answer->headers.items[i].name + strlen(META),
                             answer->headers.items[i].value);
}

enum base_status az_blob_get(const struct az_container *container, const char *name,
                             const char *if_none_match, bool *unchanged, struct az_blob *out,
                             struct base_error *err)
{
    struct base_headers headers = {0};
    struct base_http_answer answer = {0};
    struct base_error found = {0};
    struct az_call call = {.method = "GET", .url = url_of(container, name, NULL)};

    memset(out, 0, sizeof *out);
    if (unchanged)
        *unchanged = false;
    quote_etag(&headers, "If-None-Match", if_none_match);
    enum base_status status = az_blob_exchange(container, &call, &headers, &answer, &found);
    if (answer.status == 304 && if_none_match) {
        status = BASE_OK;
        out->name = base_strdup(name);
        az_blob_copy_etag(if_none_match, out->etag);
        if (unchanged)
            *unchanged = true;
    } else if (status == BASE_OK) {
        read_properties(name, &answer, out);
        base_buf_append(&out->body, answer.body.data, answer.body.len);
    } else {
        az_report(&found, err);
    }
    base_http_answer_release(&answer);
    return status;
}

enum base_status az_blob_properties(const struct az_container *container, const char *name,
                                    struct az_blob *out, struct base_error *err)
{
    struct base_headers headers = {0};
    struct base_http_answer answer = {0};
    struct az_call call = {.method = "HEAD", .url = url_of(container, name, NULL)};

    memset(out, 0, sizeof *out);
    enum base_status status = az_blob_exchange(container, &call, &headers, &answer, err);
    if (status == BASE_OK)
        read_properties(name, &answer, out);
    base_http_answer_release(&answer);
    return status;
}

enum base_status az_blob_delete(const struct az_container *container, const char *name,
                                struct base_error *err)
{
    struct base_headers headers = {0};
    struct base_http_answer answer = {0};
    struct base_error found = {0};
    struct az_call call = {.method = "DELETE", .url = url_of(container, name, NULL)};
    enum base_status status = az_blob_exchange(container, &call, &headers, &answer, &found);

    base_http_answer_release(&answer);
    return status == BASE_OK || status == BASE_NOT_FOUND ? BASE_OK : az_report(&found, err);
}

enum base_status az_container_create(const struct az_container *container, struct base_error *err)
{
    struct base_headers headers = {0};
    struct base_http_answer answer = {0};
    struct base_error found = {0};
    struct az_call call = {.method = "PUT",
                           .url = url_of(container, NULL, "restype=container"),
                           .body = "",
                           .content_type = "application/octet-stream"};
    enum base_status status = az_blob_exchange(container, &call, &headers, &answer, &found);

    base_http_answer_release(&answer);
    if (status == BASE_CONFLICT && base_equal(found.code, "ContainerAlreadyExists"))
        return BASE_OK;
    return status == BASE_OK ? BASE_OK : az_report(&found, err);
}
