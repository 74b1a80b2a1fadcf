/* Decides how headers are kept and how a handler's answer is filled. */
#include "common/http.h"

#include <stdlib.h>
#include <string.h>

static void header_release(struct base_header *header);
static void answer(struct base_http_response *response, int status, const char *type);

void base_headers_release(struct base_headers *headers)
{
    for (size_t i = 0; i < headers->count; i++)
        header_release(&headers->items[i]);
    free(headers->items);
    memset(headers, 0, sizeof *headers);
}

void base_headers_add(struct base_headers *headers, const char *name, const char *value)
{
    headers->items = base_realloc(headers->items, (headers->count + 1) * sizeof *headers->items);
    headers->items[headers->count++] = (struct base_header){
        .name = base_strdup(name),
        .value = base_strdup(value ? value : ""),
    };
}

void base_headers_addf(struct base_headers *headers, const char *name, const char *fmt, ...)
{
    struct base_buf value = {0};
    va_list args;

    va_start(args, fmt);
    base_buf_vprintf(&value, fmt, args);
    va_end(args);
    base_headers_add(headers, name, value.data);
    base_buf_release(&value);
}

void base_headers_set(struct base_headers *headers, const char *name, const char *value)
{
    /* The old value and the name may be the very texts that were handed in. */
    char *kept_name = base_strdup(name), *kept_value = base_strdup(value);
    size_t kept = 0;
    bool placed = false;

    for (size_t i = 0; i < headers->count; i++) {
        struct base_header *header = &headers->items[i];
        bool same = base_equal_nocase(header->name, kept_name);
        if (same && (placed || !kept_value)) {
            header_release(header);
            continue;
        }
        if (same) {
            free(header->value);
            header->value = base_strdup(kept_value);
            placed = true;
        }
        headers->items[kept++] = *header;
    }
    headers->count = kept;
    if (!placed && kept_value)
        base_headers_add(headers, kept_name, kept_value);
    free(kept_name);
    free(kept_value);
}

const char *base_headers_get(const struct base_headers *headers, const char *name)
{
    for (size_t i = 0; i < headers->count; i++)
        if (base_equal_nocase(headers->items[i].name, name))
            return headers->items[i].value;
    return NULL;
}

void base_headers_copy(struct base_headers *to, const struct base_headers *from)
{
    for (size_t i = 0; i < from->count; i++)
        base_headers_add(to, from->items[i].name, from->items[i].value);
}

void base_http_response_release(struct base_http_response *response)
{
    base_headers_release(&response->headers);
    base_buf_release(&response->body);
    if (response->stream_free)
        response->stream_free(response->stream_context);
    memset(response, 0, sizeof *response);
}

void base_http_answer_json(struct base_http_response *response, int status, const cJSON *node)
{
    answer(response, status, "application/json; charset=utf-8");
    base_json_append(&response->body, node);
}

void base_http_answer_json_take(struct base_http_response *response, int status, cJSON *node)
{
    base_http_answer_json(response, status, node);
    cJSON_Delete(node);
}

void base_http_answer_text(struct base_http_response *response, int status, const char *type,
                           const char *text)
{
    answer(response, status, type);
    base_buf_puts(&response->body, text ? text : "");
}

cJSON *base_http_request_json(const struct base_http_request *request, struct base_error *err)
{
    return request->body_len ? base_json_parse(request->body, request->body_len, err) : NULL;
}

static void header_release(struct base_header *header)
{
    free(header->name);
    free(header->value);
}

static void answer(struct base_http_response *response, int status, const char *type)
{
    response->status = status;
    base_headers_set(&response->headers, "Content-Type", type);
    base_buf_clear(&response->body);
}
