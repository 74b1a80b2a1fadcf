/* Decides when the search index is made anew: when the table of parameters is another one than the
 * index was made with. */
#include "simulators/fhir/extract.h"
#include "simulators/fhir/params.h"
#include "simulators/fhir/world.h"

#include <stdlib.h>
#include <string.h>

static enum base_status read_mark(fhir_t *fhir, int64_t *mark, struct base_error *err)
{
    struct base_db_statement query;
    enum base_status status = base_db_query(fhir->db, &query, err,
                                            "SELECT value FROM setting WHERE name = 'index'", NULL);

    if (status != BASE_OK)
        return status;
    *mark = base_db_next(&query, err) ? base_db_int(&query, 0) : 0;
    base_db_done(&query);
    return BASE_OK;
}

static enum base_status index_one(fhir_t *fhir, const struct base_db_statement *row,
                                  struct base_error *err)
{
    struct base_arena arena;
    struct fhir_version version;
    struct fhir_rows none = {0}, rows = {0};
    char *host = fhir_service_host(base_db_text(row, 7));
    enum base_status status = BASE_OK;

    base_arena_init(&arena);
    fhir_store_row(row, &arena, &version);
    const cJSON *tree = fhir_json_parse(&arena, version.body, strlen(version.body), err);
    if (tree) {
        fhir_extract(&arena, base_arena_printf(&arena, "https://%s", host), tree, &rows);
        status = fhir_store_index(fhir, &version, &none, &rows, err);
    }
    base_arena_release(&arena);
    free(host);
    return tree ? status : BASE_INVALID;
}

static enum base_status index_all(fhir_t *fhir, struct base_error *err)
{
    struct base_db_statement query;
    enum base_status status =
        base_db_query(fhir->db, &query, err,
                      "SELECT " FHIR_VERSION_COLUMNS ", s.arm_id FROM resource r"
                      " JOIN version v ON v.seq = r.seq JOIN service s ON s.number = r.kind / 256"
                      " WHERE r.deleted = 0",
                      NULL);

    if (status != BASE_OK)
        return status;
    while (status == BASE_OK && base_db_next(&query, err))
        status = index_one(fhir, &query, err);
    base_db_done(&query);
    return status;
}

enum base_status fhir_reindex(fhir_t *fhir, struct base_error *err)
{
    int64_t mark, wanted = fhir_params_fingerprint();
    enum base_status status = read_mark(fhir, &mark, err);

    if (status != BASE_OK || mark == wanted)
        return status;
    status = base_db_begin(fhir->db, err);
    if (status != BASE_OK)
        return status;
    status = fhir_store_clear_index(fhir, INT64_MIN, INT64_MAX, err);
    if (status == BASE_OK)
        status = index_all(fhir, err);
    if (status == BASE_OK)
        status = base_db_run(fhir->db, NULL, err,
                             "INSERT OR REPLACE INTO setting (name, value) VALUES ('index', ?)",
                             "i", wanted);
    if (status == BASE_OK)
        return base_db_commit(fhir->db, err);
    base_db_rollback(fhir->db);
    return status;
}
