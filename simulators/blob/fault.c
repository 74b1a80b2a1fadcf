/* Decides how the Blob service's calls are named for traces and fault rules, and how a refusal on purpose reads. */
#include "simulators/blob/server.h"
#include "simulators/kit/fault.h"

#include <stdio.h>
#include <string.h>

/* Operation names of the REST reference. */
static const struct {
    const char *method;
    enum blob_level level;
    const char *comp; /* NULL: none */
    const char *operation;
} names[] = {
    {"GET", BLOB_SERVICE, "list", "ListContainers"},
    {"PUT", BLOB_CONTAINER, NULL, "CreateContainer"},
    {"GET", BLOB_CONTAINER, NULL, "GetContainerProperties"},
    {"HEAD", BLOB_CONTAINER, NULL, "GetContainerProperties"},
    {"GET", BLOB_CONTAINER, "metadata", "GetContainerMetadata"},
    {"HEAD", BLOB_CONTAINER, "metadata", "GetContainerMetadata"},
    {"PUT", BLOB_CONTAINER, "metadata", "SetContainerMetadata"},
    {"PUT", BLOB_CONTAINER, "lease", "LeaseContainer"},
    {"DELETE", BLOB_CONTAINER, NULL, "DeleteContainer"},
    {"GET", BLOB_CONTAINER, "list", "ListBlobs"},
    {"PUT", BLOB_BLOB, NULL, "PutBlob"},
    {"GET", BLOB_BLOB, NULL, "GetBlob"},
    {"HEAD", BLOB_BLOB, NULL, "GetBlobProperties"},
    {"GET", BLOB_BLOB, "metadata", "GetBlobMetadata"},
    {"HEAD", BLOB_BLOB, "metadata", "GetBlobMetadata"},
    {"PUT", BLOB_BLOB, "metadata", "SetBlobMetadata"},
    {"PUT", BLOB_BLOB, "properties", "SetBlobProperties"},
    {"PUT", BLOB_BLOB, "lease", "LeaseBlob"},
    {"DELETE", BLOB_BLOB, NULL, "DeleteBlob"},
};
static const struct sim_status_word words[] = {
    {400, "InvalidInput"},
    {401, "InvalidAuthenticationInfo"},
    {403, "AuthorizationPermissionMismatch"},
    {404, "BlobNotFound"},
    {409, "LeaseAlreadyPresent"},
    {412, "ConditionNotMet"},
    {429, "TooManyRequests"},
    {500, "InternalError"},
    {503, "ServerBusy"},
    {0, NULL},
};

const char *blob_operation(const char *method, enum blob_level level, const char *comp)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].level == level && base_equal(names[i].method, method) &&
            base_equal(names[i].comp, comp))
            return names[i].operation;
    return NULL;
}

static void about(void *context, const struct base_http_request *request,
                  struct sim_call_about *out)
{
    const char **parts, *comp = base_query_get(request->arena, request->query, "comp");
    size_t depth = base_path_split(request->arena, request->path, &parts);
    enum blob_level level = depth == 0 ? BLOB_SERVICE : depth == 1 ? BLOB_CONTAINER : BLOB_BLOB;

    (void)context;
    const char *operation = blob_operation(request->method, level, comp);
    if (operation)
        snprintf(out->call, sizeof out->call, "blob.%s", operation);
}

static void refuse(void *context, const struct base_http_request *request,
                   const struct sim_refusal *refusal, struct base_http_response *response)
{
    const char *code =
        refusal->code ? refusal->code : sim_status_word(words, refusal->status, "InternalError");
    struct base_buf body = {0};

    (void)context;
    base_buf_puts(&body, "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?><Error>");
    blob_xml_element(&body, "Code", code);
    blob_xml_element(&body, "Message", refusal->message);
    base_buf_puts(&body, "</Error>");
    base_http_answer_text(response, refusal->status, "application/xml",
                          base_equal(request->method, "HEAD") ? "" : body.data);
    base_headers_set(&response->headers, "x-ms-error-code", code);
    if (refusal->status == 401)
        base_headers_set(&response->headers, "WWW-Authenticate",
                         "Bearer authorization_uri=https://login.microsoftonline.com/common/oauth2/"
                         "authorize resource_id=https://storage.azure.com");
    base_buf_release(&body);
}

void blob_fault_add(blob_t *blob)
{
    sim_fault_room_add(blob->world, &(struct sim_fault_room){"blob", about, refuse, blob});
}
