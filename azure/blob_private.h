/* azure/blob_private.h: for blob.c and blob_list.c only. */
#ifndef AZURE_BLOB_PRIVATE_H
#define AZURE_BLOB_PRIVATE_H

#include "azure/blob.h"
#include "azure/private.h"

/* One call to the service; adds what all calls carry. Takes `headers` and call->url (heap) over. */
BASE_MUST_USE enum base_status az_blob_exchange(const struct az_container *container,
                                                struct az_call *call, struct base_headers *headers,
                                                struct base_http_answer *answer,
                                                struct base_error *err);
/* An etag without W/ and quotes; NULL: "". */
void az_blob_copy_etag(const char *text, char out[64]);

#endif
