/* azure/blob.h: Blob storage: containers, block blobs with metadata, conditional writes. Token
 * audience https://storage.azure.com. `container` is a full URL
 * ("https://acct.blob.core.windows.net/template", trailing slash tolerated); blob names are plain
 * text, encoded here. Etags are taken with and without quotes. All calls block. */
#ifndef AZURE_BLOB_H
#define AZURE_BLOB_H

#include "azure/credential.h"

#define AZ_STORAGE_RESOURCE "https://storage.azure.com/"

struct az_container {
    struct az_client az;
    az_credential_t *credential;
    const char *url;
};
struct az_blob { /* what is known of a blob; release with az_blob_release */
    char *name;
    char etag[64]; /* as it came, quotes stripped */
    char last_modified[64];
    struct base_headers metadata; /* names without x-ms-meta- */
    struct base_buf body;         /* only after az_blob_get */
};
void az_blob_release(struct az_blob *blob);

/* PUT, replacing. metadata NULL: none. if_match: an etag, "*" or NULL; if_none_match "*" or NULL.
 * etag (may be NULL): 64 bytes. BASE_CONFLICT when a condition fails (409 BlobAlreadyExists, 412).
 */
struct az_blob_write {
    const char *name;
    const void *body;
    size_t body_len;
    const char *content_type; /* NULL: application/octet-stream */
    const struct base_headers *metadata;
    const char *if_match, *if_none_match;
};
BASE_MUST_USE enum base_status az_blob_put(const struct az_container *container,
                                           const struct az_blob_write *write, char etag[64],
                                           struct base_error *err);
/* Replaces the metadata only. BASE_NOT_FOUND when there is no blob. body fields of `write` are not
 * used. */
BASE_MUST_USE enum base_status az_blob_set_metadata(const struct az_container *container,
                                                    const struct az_blob_write *write,
                                                    char etag[64], struct base_error *err);
/* GET. if_none_match NULL: always; when it still matches: BASE_OK with body empty and etag as
 * given, *unchanged true (may be NULL). */
BASE_MUST_USE enum base_status az_blob_get(const struct az_container *container, const char *name,
                                           const char *if_none_match, bool *unchanged,
                                           struct az_blob *out, struct base_error *err);
/* HEAD: metadata and etag. */
BASE_MUST_USE enum base_status az_blob_properties(const struct az_container *container,
                                                  const char *name, struct az_blob *out,
                                                  struct base_error *err);
/* All blobs below a prefix (NULL: all) with their metadata (all pages). *out is an array of *count
 * (release each, then free()); NULL and 0 after a failure. BASE_PROTOCOL when a page is not what a
 * listing looks like, BASE_TOO_LARGE past 1000 pages. */
BASE_MUST_USE enum base_status az_blob_list(const struct az_container *container,
                                            const char *prefix, struct az_blob **out, size_t *count,
                                            struct base_error *err);
/* Absent is BASE_OK. */
BASE_MUST_USE enum base_status az_blob_delete(const struct az_container *container,
                                              const char *name, struct base_error *err);
/* Makes the container; BASE_OK when it is there. */
BASE_MUST_USE enum base_status az_container_create(const struct az_container *container,
                                                   struct base_error *err);

#endif
