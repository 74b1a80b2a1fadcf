/* Decides how subscription notices are stored. */
#include "reference/rp/storage/subscription.h"

#include <stdlib.h>

enum base_status rp_subscription_put(base_db_t *db, const char *id, const char *state,
                                     const cJSON *document, struct base_error *err)
{
    char *text = base_json_print(document);
    enum base_status status =
        base_db_run(db, NULL, err,
                    "INSERT OR REPLACE INTO subscription(id, state, document) VALUES(lower(?),?,?)",
                    "ttt", id, state, text);

    free(text);
    return status;
}

enum base_status rp_subscription_state(base_db_t *db, const char *id, char state[32],
                                       struct base_error *err)
{
    struct base_db_statement row;
    enum base_status status =
        base_db_query(db, &row, err, "SELECT state FROM subscription WHERE id=lower(?)", "t", id);

    rp_store_copy(state, 32, "Registered");
    if (status != BASE_OK)
        return status;
    if (base_db_next(&row, err))
        rp_store_copy(state, 32, base_db_text(&row, 0));
    base_db_done(&row);
    return BASE_OK;
}
