/* reference/rp/storage/store.h: the global database: resources, operation documents, intents, allocations. A transaction is
 * base_db_begin .. base_db_commit; what the worker writes is fenced by its lease (operation.h). */
#ifndef REFERENCE_RP_STORAGE_STORE_H
#define REFERENCE_RP_STORAGE_STORE_H

#include "common/db.h"
#include "common/json.h"

/* Opens and migrates the database ("...:memory:" for tests). NULL + err as base_db_open. Close with base_db_close. */
BASE_MUST_USE base_db_t *rp_store_open(const char *path, struct base_error *err);

/* Copies a text column into a fixed buffer; NULL becomes "". */
void rp_store_copy(char *out, size_t size, const char *text);

#endif
