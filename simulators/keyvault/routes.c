/* Decides which operations the data plane has, and what each needs. */
#include "simulators/keyvault/call.h"

#define SECRET(action, permission) (&(const struct kv_right){KV_SECRETS, action, permission})
#define CERTIFICATE(action, permission)                                                            \
    (&(const struct kv_right){KV_CERTIFICATES, action, permission})
#define KEY(action, permission) (&(const struct kv_right){KV_KEYS, action, permission})

static const struct sim_route routes[] = {
    {"GetSecrets", "GET", "/secrets", kv_secret_list, SECRET("readMetadata/action", "list")},
    {"RestoreSecret", "POST", "/secrets/restore", kv_unsupported,
     SECRET("restore/action", "restore")},
    {"SetSecret", "PUT", "/secrets/{name}", kv_secret_set, SECRET("setSecret/action", "set")},
    {"GetSecret", "GET", "/secrets/{name}", kv_secret_get, SECRET("getSecret/action", "get")},
    {"UpdateSecret", "PATCH", "/secrets/{name}", kv_secret_update, SECRET("update/action", "set")},
    {"DeleteSecret", "DELETE", "/secrets/{name}", kv_item_delete, SECRET("delete", "delete")},
    {"BackupSecret", "POST", "/secrets/{name}/backup", kv_unsupported,
     SECRET("backup/action", "backup")},
    {"GetSecretVersions", "GET", "/secrets/{name}/versions", kv_secret_versions,
     SECRET("readMetadata/action", "list")},
    {"GetSecret", "GET", "/secrets/{name}/{version}", kv_secret_get,
     SECRET("getSecret/action", "get")},
    {"UpdateSecret", "PATCH", "/secrets/{name}/{version}", kv_secret_update,
     SECRET("update/action", "set")},
    {"GetDeletedSecrets", "GET", "/deletedsecrets", kv_deleted_list,
     SECRET("readMetadata/action", "list")},
    {"GetDeletedSecret", "GET", "/deletedsecrets/{name}", kv_deleted_get,
     SECRET("readMetadata/action", "get")},
    {"PurgeDeletedSecret", "DELETE", "/deletedsecrets/{name}", kv_deleted_purge,
     SECRET("purge/action", "purge")},
    {"RecoverDeletedSecret", "POST", "/deletedsecrets/{name}/recover", kv_deleted_recover,
     SECRET("recover/action", "recover")},

    {"GetCertificates", "GET", "/certificates", kv_certificate_list, CERTIFICATE("read", "list")},
    {"GetCertificateContacts", "GET", "/certificates/contacts", kv_unsupported,
     CERTIFICATE("managecontacts/action", "managecontacts")},
    {"SetCertificateContacts", "PUT", "/certificates/contacts", kv_unsupported,
     CERTIFICATE("managecontacts/action", "managecontacts")},
    {"GetCertificateIssuers", "GET", "/certificates/issuers", kv_unsupported,
     CERTIFICATE("manageissuers/action", "listissuers")},
    {"GetCertificateIssuer", "GET", "/certificates/issuers/{issuer}", kv_unsupported,
     CERTIFICATE("manageissuers/action", "getissuers")},
    {"SetCertificateIssuer", "PUT", "/certificates/issuers/{issuer}", kv_unsupported,
     CERTIFICATE("manageissuers/action", "setissuers")},
    {"RestoreCertificate", "POST", "/certificates/restore", kv_unsupported,
     CERTIFICATE("restore/action", "restore")},
    {"GetCertificate", "GET", "/certificates/{name}", kv_certificate_get,
     CERTIFICATE("read", "get")},
    {"UpdateCertificate", "PATCH", "/certificates/{name}", kv_certificate_update,
     CERTIFICATE("update/action", "update")},
    {"DeleteCertificate", "DELETE", "/certificates/{name}", kv_item_delete,
     CERTIFICATE("delete", "delete")},
    {"ImportCertificate", "POST", "/certificates/{name}/import", kv_certificate_import,
     CERTIFICATE("import/action", "import")},
    {"CreateCertificate", "POST", "/certificates/{name}/create", kv_certificate_create,
     CERTIFICATE("create/action", "create")},
    {"GetCertificateOperation", "GET", "/certificates/{name}/pending", kv_certificate_pending,
     CERTIFICATE("read", "get")},
    {"UpdateCertificateOperation", "PATCH", "/certificates/{name}/pending", kv_unsupported,
     CERTIFICATE("update/action", "update")},
    {"DeleteCertificateOperation", "DELETE", "/certificates/{name}/pending",
     kv_certificate_drop_pending, CERTIFICATE("delete", "delete")},
    {"MergeCertificate", "POST", "/certificates/{name}/pending/merge", kv_unsupported,
     CERTIFICATE("create/action", "create")},
    {"BackupCertificate", "POST", "/certificates/{name}/backup", kv_unsupported,
     CERTIFICATE("backup/action", "backup")},
    {"GetCertificatePolicy", "GET", "/certificates/{name}/policy", kv_certificate_policy,
     CERTIFICATE("read", "get")},
    {"UpdateCertificatePolicy", "PATCH", "/certificates/{name}/policy",
     kv_certificate_update_policy, CERTIFICATE("update/action", "update")},
    {"GetCertificateVersions", "GET", "/certificates/{name}/versions", kv_certificate_versions,
     CERTIFICATE("read", "list")},
    {"GetCertificate", "GET", "/certificates/{name}/{version}", kv_certificate_get,
     CERTIFICATE("read", "get")},
    {"UpdateCertificate", "PATCH", "/certificates/{name}/{version}", kv_certificate_update,
     CERTIFICATE("update/action", "update")},
    {"GetDeletedCertificates", "GET", "/deletedcertificates", kv_deleted_list,
     CERTIFICATE("read", "list")},
    {"GetDeletedCertificate", "GET", "/deletedcertificates/{name}", kv_deleted_get,
     CERTIFICATE("read", "get")},
    {"PurgeDeletedCertificate", "DELETE", "/deletedcertificates/{name}", kv_deleted_purge,
     CERTIFICATE("purge/action", "purge")},
    {"RecoverDeletedCertificate", "POST", "/deletedcertificates/{name}/recover", kv_deleted_recover,
     CERTIFICATE("recover/action", "recover")},

    {"GetKeys", "GET", "/keys", kv_key_list, KEY("read", "list")},
    {"RestoreKey", "POST", "/keys/restore", kv_unsupported, KEY("restore/action", "restore")},
    {"GetKey", "GET", "/keys/{name}", kv_key_get, KEY("read", "get")},
    {"ImportKey", "PUT", "/keys/{name}", kv_unsupported, KEY("import/action", "import")},
    {"DeleteKey", "DELETE", "/keys/{name}", kv_unsupported, KEY("delete", "delete")},
    {"CreateKey", "POST", "/keys/{name}/create", kv_unsupported, KEY("create/action", "create")},
    {"GetKeyVersions", "GET", "/keys/{name}/versions", kv_key_versions, KEY("read", "list")},
    {"GetKey", "GET", "/keys/{name}/{version}", kv_key_get, KEY("read", "get")},
    {"UpdateKey", "PATCH", "/keys/{name}/{version}", kv_unsupported,
     KEY("update/action", "update")},
    {"Sign", "POST", "/keys/{name}/{version}/sign", kv_unsupported, KEY("sign/action", "sign")},
    {"Verify", "POST", "/keys/{name}/{version}/verify", kv_unsupported,
     KEY("verify/action", "verify")},
    {"Encrypt", "POST", "/keys/{name}/{version}/encrypt", kv_unsupported,
     KEY("encrypt/action", "encrypt")},
    {"Decrypt", "POST", "/keys/{name}/{version}/decrypt", kv_unsupported,
     KEY("decrypt/action", "decrypt")},
    {"WrapKey", "POST", "/keys/{name}/{version}/wrapkey", kv_unsupported,
     KEY("wrap/action", "wrapKey")},
    {"UnwrapKey", "POST", "/keys/{name}/{version}/unwrapkey", kv_unsupported,
     KEY("unwrap/action", "unwrapKey")},
    {"GetDeletedKeys", "GET", "/deletedkeys", kv_unsupported, KEY("read", "list")},
};

const struct sim_route *kv_routes(size_t *count)
{
    *count = sizeof routes / sizeof *routes;
    return routes;
}

void kv_unsupported(void *context)
{
    struct kv_call *call = context;

    kv_refuse(call, "NotImplemented", call->request->method, call->request->path);
}
