/* Answers the container operations: create, read, set metadata, lease, delete, list. */
#include "simulators/blob/server.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_MAX 5000

static struct blob_container *create_locked(struct blob_call *call, struct base_headers *metadata);
static bool delete_locked(struct blob_call *call);
static void list_one(struct blob_call *call, const struct blob_container *container, bool metadata);

struct blob_container *blob_call_container(struct blob_call *call)
{
    struct blob_container *container = blob_container_find(call->account, call->container_name);
    if (!container)
        blob_refuse(call, "ContainerNotFound");
    return container;
}

void blob_container_create(struct blob_call *call)
{
    struct base_headers metadata = {0};
    if (!blob_metadata_read(call, &metadata))
        return;
    pthread_mutex_lock(&call->blob->lock);
    call->account = blob_account_find(call->blob, call->account_name);
    struct blob_container *container = create_locked(call, &metadata);
    pthread_mutex_unlock(&call->blob->lock);
    base_headers_release(&metadata);
    if (container)
        blob_arm_mirror(call->blob, call->account_id, call->container_name, call->caller, false);
}

void blob_container_get(struct blob_call *call)
{
    struct blob_container *container = blob_call_container(call);
    if (!container || !blob_lease_permits(call, &container->entry, false))
        return;
    call->response->status = 200;
    blob_stamp_headers(call, &container->entry);
    blob_metadata_headers(call, &container->entry.metadata);
    if (blob_query(call, "comp"))
        return;
    blob_lease_headers(call, &container->entry);
    base_headers_set(&call->response->headers, "x-ms-has-immutability-policy", "false");
    base_headers_set(&call->response->headers, "x-ms-has-legal-hold", "false");
    base_headers_set(&call->response->headers, "x-ms-default-encryption-scope",
                     "$account-encryption-key");
    base_headers_set(&call->response->headers, "x-ms-deny-encryption-scope-override", "false");
}

void blob_container_set_metadata(struct blob_call *call)
{
    struct blob_container *container = blob_call_container(call);
    struct base_headers metadata = {0};
    if (!container || !blob_conditions_hold(call, &container->entry, false) ||
        !blob_lease_permits(call, &container->entry, false) || !blob_metadata_read(call, &metadata))
        return;
    base_headers_release(&container->entry.metadata);
    container->entry.metadata = metadata;
    blob_entry_touch(call->blob, &container->entry);
    blob_container_save(call->blob, call->account, container);
    call->response->status = 200;
    blob_stamp_headers(call, &container->entry);
}

void blob_container_lease(struct blob_call *call)
{
    struct blob_container *container = blob_call_container(call);
    if (container && blob_conditions_hold(call, &container->entry, false) &&
        blob_lease_run(call, &container->entry))
        blob_container_save(call->blob, call->account, container);
}

void blob_container_delete(struct blob_call *call)
{
    pthread_mutex_lock(&call->blob->lock);
    call->account = blob_account_find(call->blob, call->account_name);
    bool gone = delete_locked(call);
    pthread_mutex_unlock(&call->blob->lock);
    if (gone)
        blob_arm_mirror(call->blob, call->account_id, call->container_name, call->caller, true);
}

void blob_container_list(struct blob_call *call)
{
    const char *prefix = blob_query(call, "prefix"), *marker = blob_query(call, "marker");
    const char *max_text = blob_query(call, "maxresults"), *include = blob_query(call, "include");
    int64_t max = PAGE_MAX, shown = 0;
    size_t i = 0;
    struct base_buf *out = &call->response->body;

    if (max_text && (!base_parse_int64(max_text, &max) || max < 1 || max > PAGE_MAX)) {
        blob_refuse_with(call, "OutOfRangeQueryParameterValue", "QueryParameterName", "maxresults");
        return;
    }
    base_http_answer_text(call->response, 200, "application/xml", "");
    base_buf_printf(out,
                    "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults "
                    "ServiceEndpoint=\"https://%s/\">",
                    call->request->host);
    blob_xml_element(out, "Prefix", prefix);
    base_buf_puts(out, "<Containers>");
    for (; i < call->account->count && shown < max; i++) {
        const struct blob_container *container = call->account->containers[i];
        if ((marker && strcmp(container->entry.name, marker) < 0) ||
            (prefix && strncmp(container->entry.name, prefix, strlen(prefix)) != 0))
            continue;
        list_one(call, container, include && strstr(include, "metadata"));
        shown++;
    }
    base_buf_puts(out, "</Containers>");
    blob_xml_element(out, "NextMarker",
                     i < call->account->count ? call->account->containers[i]->entry.name : NULL);
    base_buf_puts(out, "</EnumerationResults>");
}

/* -- helpers -- */

/* Takes the metadata over when the container is made. */
static struct blob_container *create_locked(struct blob_call *call, struct base_headers *metadata)
{
    if (!call->account) {
        blob_refuse_with(call, "AccountNotFound", "AccountName", call->account_name);
        return NULL;
    }
    if (blob_container_find(call->account, call->container_name)) {
        blob_refuse(call, "ContainerAlreadyExists");
        return NULL;
    }
    struct blob_container *container =
        blob_container_make(call->blob, call->account, call->container_name);
    container->entry.metadata = *metadata;
    *metadata = (struct base_headers){0};
    blob_container_save(call->blob, call->account, container);
    call->response->status = 201;
    blob_stamp_headers(call, &container->entry);
    return container;
}

static bool delete_locked(struct blob_call *call)
{
    struct blob_container *container = NULL;
    if (!call->account)
        blob_refuse_with(call, "AccountNotFound", "AccountName", call->account_name);
    else
        container = blob_call_container(call);
    if (!container || !blob_conditions_hold(call, &container->entry, false) ||
        !blob_lease_permits(call, &container->entry, true))
        return false;
    blob_container_drop(call->blob, call->account, container);
    call->response->status = 202;
    return true;
}

static void list_one(struct blob_call *call, const struct blob_container *container, bool metadata)
{
    struct base_buf *out = &call->response->body;
    char time[BASE_TIME_TEXT];
    base_buf_puts(out, "<Container>");
    blob_xml_element(out, "Name", container->entry.name);
    base_time_http(container->entry.modified_ms, time);
    base_buf_printf(out, "<Properties><Last-Modified>%s</Last-Modified><Etag>\"%s\"</Etag>", time,
                    container->entry.etag);
    blob_lease_xml(&container->entry.lease, call->now_ms, out);
    base_buf_puts(out, "</Properties>");
    if (metadata)
        blob_metadata_xml(&container->entry.metadata, out);
    base_buf_puts(out, "</Container>");
}
