/* Decides how a refusal of the data plane reads (facts clients.md §4.5). */
#include "simulators/keyvault/call.h"

#include <string.h>

#define HELP " For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid="

static const struct row {
    const char *key;
    int status;
    const char *code, *inner;
    const char *sentence;
} rows[] = {
    {"NoToken", 401, "Unauthorized", NULL, "AKV10000: Request is missing a Bearer or PoP token."},
    {"BadToken", 401, "Unauthorized", NULL, "AKV10046: Unable to validate the token. {0}"},
    {"ExpiredToken", 401, "Unauthorized", NULL,
     "[TokenExpired] Error validating token: 'S2S12086'. {0}"},
    {"BadAudience", 401, "Unauthorized", NULL, "AKV10022: Invalid audience. Expected {0}. {1}"},
    {"BadIssuer", 401, "Unauthorized", NULL,
     "AKV10032: Invalid issuer. Expected one of https://sts.windows.net/{0}/, found "
     "https://sts.windows.net/{1}/."},
    {"ByRbac", 403, "Forbidden", "ForbiddenByRbac",
     "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny "
     "assignments or role "
     "definitions were changed recently, please observe propagation time.\r\nCaller: "
     "{0}\r\nAction: '{1}'\r\n"
     "Resource: '{2}'\r\nAssignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: null "
     "\r\nVault: {3}\r\n"},
    {"ByPolicy", 403, "Forbidden", "ForbiddenByPolicy",
     "The user, group or application '{0}' does not have {1} {2} permission on key vault "
     "'{3}'." HELP "2125287"},
    {"Disabled", 403, "Forbidden", "{0}Disabled",
     "Operation {1} is not allowed on a disabled {2}."},
    {"Managed", 403, "Forbidden", "SecretManagedByKeyVault",
     "Operation {0} is not allowed on the secret {1}, as it is associated with a certificate."},
    {"Protected", 403, "Forbidden", "ForbiddenByPurgeProtection",
     "Operation purge is not allowed: purge protection is enabled on this vault."},
    {"NoVault", 404, "VaultNotFound", NULL, "There is no key vault named {0} in this cloud."},
    {"NoPath", 404, "NotFound", NULL,
     "The resource {0} does not exist in the data plane of a key vault."},
    {"NoMethod", 405, "MethodNotAllowed", NULL,
     "The method {0} is not allowed here, {1} was expected."},
    {"NotFound", 404, "{0}NotFound", NULL,
     "A {1} with (name/id) {2} was not found in this key vault. If you recently deleted this {1} "
     "you may be able to "
     "recover it using the correct recovery command." HELP "2125182"},
    {"NotDeleted", 404, "{0}NotFound", NULL, "Deleted {0} not found: {1}"},
    {"NoPending", 404, "PendingCertificateNotFound", NULL, "Pending certificate not found: {0}"},
    {"Recoverable", 409, "Conflict", "ObjectIsDeletedButRecoverable",
     "{0} {1} is currently in a deleted but recoverable state, and its name cannot be reused; in "
     "this state, the {0} "
     "can only be recovered or purged."},
    {"NameTaken", 409, "Conflict", "ObjectAlreadyExists",
     "A {0} with the same name {1} already exists in this vault, and cannot be overwritten by a "
     "certificate."},
    {"NoVersion", 400, "BadParameter", NULL, "api-version must be specified"},
    {"BadVersion", 400, "BadParameter", NULL,
     "The specified version ({0}) is not recognized. Consider using 7.4."},
    {"BadName", 400, "BadParameter", NULL,
     "The request URI contains an invalid name: {0} (expected 1 to 127 letters, digits and "
     "dashes)."},
    {"BadJson", 400, "BadParameter", NULL, "The request body is not a valid JSON object: {0}"},
    {"BadMember", 400, "BadParameter", NULL, "Property {0} has invalid value: {1}"},
    {"BadPfx", 400, "BadParameter", NULL,
     "The specified PKCS#12 X.509 certificate content can not be read. Please check if certificate "
     "is in valid "
     "PKCS#12 format."},
    {"BadPem", 400, "BadParameter", NULL,
     "The specified PEM X.509 certificate content is in an unexpected format. Please check if "
     "certificate is in valid "
     "PEM format. {0}"},
    {"BadPage", 400, "BadParameter", NULL,
     "maxresults must be a whole number from 1 to 25, found {0}."},
    {"NotImplemented", 501, "NotImplemented", NULL, "This simulator does not offer {0} {1}."},
};

static const struct row *find(const char *key);

void kv_refuse_with(struct kv_call *call, const char *key, const char *const *texts)
{
    const struct row *row = find(key);
    cJSON *body = cJSON_CreateObject(), *error = cJSON_AddObjectToObject(body, "error");
    struct base_buf text = {0};

    BUG_ON(!row);
    base_fill_in(&text, row->code, texts);
    base_json_set_text(error, "code", text.data);
    base_buf_clear(&text);
    base_fill_in(&text, row->sentence, texts);
    base_json_set_text(error, "message", text.data);
    base_buf_clear(&text);
    if (row->inner) {
        base_fill_in(&text, row->inner, texts);
        base_json_set_text(cJSON_AddObjectToObject(error, "innererror"), "code", text.data);
    }
    base_http_answer_json_take(call->response, row->status, body);
    base_buf_release(&text);
}

const char *kv_noun(const char *collection)
{
    return base_equal(collection, KV_SECRETS)        ? "Secret"
           : base_equal(collection, KV_CERTIFICATES) ? "Certificate"
                                                     : "Key";
}

void kv_refuse_absent(struct kv_call *call, const char *collection)
{
    char *noun = base_arena_strdup(call->arena, kv_noun(collection));
    const char *id = call->version
                         ? base_arena_printf(call->arena, "%s/%s", call->name, call->version)
                         : call->name;

    base_lower(noun);
    kv_refuse(call, "NotFound", kv_noun(collection), noun, id);
}

static const struct row *find(const char *key)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (base_equal(rows[i].key, key))
            return &rows[i];
    return NULL;
}
