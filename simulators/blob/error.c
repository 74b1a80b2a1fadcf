/* Says which status and sentence belong to each of the Blob service's error codes, and writes the
 * error's XML. */
#include "simulators/blob/server.h"

#include <string.h>

struct blob_error {
    const char *code;
    int status;
    const char *message;
};

/* Source: "Common REST API error codes" and "Blob service error codes" of the storage services'
 * REST reference. */
static const struct blob_error errors[] = {
    {"AccountNotFound", 404, "The storage account of this host name does not exist."},
    {"AuthenticationFailed", 403,
     "Server failed to authenticate the request. Make sure the value of Authorization header is "
     "formed correctly "
     "including the signature."},
    {"AuthorizationPermissionMismatch", 403,
     "This request is not authorized to perform this operation using this permission."},
    {"BlobAlreadyExists", 409, "The specified blob already exists."},
    {"BlobNotFound", 404, "The specified blob does not exist."},
    {"ConditionNotMet", 412,
     "The condition specified using HTTP conditional header(s) is not met."},
    {"ContainerAlreadyExists", 409, "The specified container already exists."},
    {"ContainerNotFound", 404, "The specified container does not exist."},
    {"InvalidAuthenticationInfo", 401,
     "Server failed to authenticate the request. Please refer to the information in the "
     "www-authenticate header."},
    {"InvalidHeaderValue", 400,
     "The value for one of the HTTP headers is not in the correct format."},
    {"InvalidMetadata", 400,
     "The metadata specified is invalid. It has characters that are not permitted."},
    {"InvalidQueryParameterValue", 400,
     "Value for one of the query parameters specified in the request URI is invalid."},
    {"InvalidRange", 416, "The range specified is invalid for the current size of the resource."},
    {"InvalidResourceName", 400, "The specified resource name contains invalid characters."},
    {"InvalidUri", 400, "The requested URI does not represent any resource on the server."},
    {"KeyBasedAuthenticationNotPermitted", 403,
     "Key based authentication is not permitted on this storage account."},
    {"LeaseAlreadyBroken", 409, "The lease has already been broken and cannot be broken again."},
    {"LeaseAlreadyPresent", 409, "There is already a lease present."},
    {"LeaseIdMismatchWithBlobOperation", 412,
     "The lease ID specified did not match the lease ID for the blob."},
    {"LeaseIdMismatchWithContainerOperation", 412,
     "The lease ID specified did not match the lease ID for the container."},
    {"LeaseIdMismatchWithLeaseOperation", 409,
     "The lease ID specified did not match the lease ID for the resource."},
    {"LeaseIdMissing", 412,
     "There is currently a lease on the resource and no lease ID was specified in the request."},
    {"LeaseIsBreakingAndCannotBeAcquired", 409,
     "The lease ID matched, but the lease is currently in breaking state and cannot be acquired "
     "until it is broken."},
    {"LeaseIsBreakingAndCannotBeChanged", 409,
     "The lease ID matched, but the lease is currently in breaking state and cannot be changed."},
    {"LeaseIsBrokenAndCannotBeRenewed", 409,
     "The lease ID matched, but the lease has been broken explicitly and cannot be renewed."},
    {"LeaseLost", 412, "A lease ID was specified, but the lease for the resource has expired."},
    {"LeaseNotPresentWithBlobOperation", 412, "There is currently no lease on the blob."},
    {"LeaseNotPresentWithContainerOperation", 412, "There is currently no lease on the container."},
    {"LeaseNotPresentWithLeaseOperation", 409, "There is currently no lease on the resource."},
    {"Md5Mismatch", 400,
     "The MD5 value specified in the request did not match with the MD5 value calculated by the "
     "server."},
    {"MissingRequiredHeader", 400,
     "An HTTP header that's mandatory for this request is not specified."},
    {"NoAuthenticationInformation", 401,
     "Server failed to authenticate the request. Please refer to the information in the "
     "www-authenticate header."},
    {"NotImplemented", 501,
     "The requested operation is not implemented on the specified resource."},
    {"OutOfRangeQueryParameterValue", 400,
     "One of the query parameters specified in the request URI is outside the permissible range."},
    {"UnsupportedHttpVerb", 405, "The resource doesn't support specified Http Verb."},
};

static const struct blob_error *find(const char *code);

void blob_refuse(struct blob_call *call, const char *code)
{
    blob_refuse_with(call, code, NULL, NULL);
}

void blob_refuse_with(struct blob_call *call, const char *code, const char *element,
                      const char *detail)
{
    const struct blob_error *error = find(code);
    struct base_buf *body = &call->response->body;
    char time[BASE_TIME_TEXT];

    call->response->status = error->status;
    base_headers_set(&call->response->headers, "x-ms-error-code", error->code);
    if (strcmp(call->request->method, "HEAD") == 0)
        return;
    base_time_iso(call->now_ms, time);
    base_headers_set(&call->response->headers, "Content-Type", "application/xml");
    base_buf_clear(body);
    base_buf_printf(
        body,
        "\xEF\xBB\xBF<?xml version=\"1.0\" "
        "encoding=\"utf-8\"?><Error><Code>%s</Code><Message>%s\nRequestId:%s\nTime:%s</Message>",
        error->code, error->message, call->request_id, time);
    if (detail)
        blob_xml_element(body, element, detail);
    base_buf_puts(body, "</Error>");
}

void blob_xml_text(struct base_buf *out, const char *text)
{
    static const struct {
        char c;
        const char *as;
    } escapes[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&apos;"}};
    for (; *text; text++) {
        const char *as = NULL;
        for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
            if (escapes[i].c == *text)
                as = escapes[i].as;
        if (as)
            base_buf_puts(out, as);
        else
            base_buf_putc(out, *text);
    }
}

void blob_xml_element(struct base_buf *out, const char *name, const char *text)
{
    if (!text || !*text) {
        base_buf_printf(out, "<%s />", name);
        return;
    }
    base_buf_printf(out, "<%s>", name);
    blob_xml_text(out, text);
    base_buf_printf(out, "</%s>", name);
}

static const struct blob_error *find(const char *code)
{
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (strcmp(errors[i].code, code) == 0)
            return &errors[i];
    BUG("no such blob error: %s", code);
}
