/* kit/setting.h: settings that people and scenarios may change while the world runs: delays, lags and quotas of services,
 * off until they are set. A room declares its own; the control API shows, checks and changes them:
 *   GET    /_sim/settings            {"value":[{name,kind,value,expected,what}]}; value is null while it is off
 *   GET    /_sim/settings/{name}     one of them
 *   PUT    /_sim/settings/{name}     {"value":"5s"}: 200 and the setting; 400 InvalidSetting says what was found and what is expected
 *   DELETE /_sim/settings[/{name}]   204: it is (all are) again as when the world was built
 * Any thread. */
#ifndef KIT_SETTING_H
#define KIT_SETTING_H

#include "simulators/kit/world.h"

enum sim_setting_kind {
    SIM_SETTING_DURATION, /* "200ms", "5s", "2m", "1h": time of the world's clock */
    SIM_SETTING_NUMBER,   /* whole */
    SIM_SETTING_WORD,     /* one of `words` */
};
struct sim_setting_row {
    const char *name;
    enum sim_setting_kind kind;
    int64_t least, most;      /* milliseconds for a duration; not for words */
    const char *const *words; /* NULL-terminated; for words */
    const char *what;         /* one sentence: what it does when it is set */
};
/* Makes settings changeable. Rows are borrowed for the world's life. Called while the world is being built. */
void sim_setting_declare(sim_world_t *world, const struct sim_setting_row *rows, size_t count);

/* The value as milliseconds, or as a number; 0 while it is off. */
int64_t sim_setting_ms(const sim_world_t *world, const char *name);
int64_t sim_setting_number(const sim_world_t *world, const char *name);

/* For the control API. */
void sim_setting_control(sim_world_t *world, const struct base_http_request *request,
                         struct base_http_response *response);

#endif
