/* SPDX-License-Identifier: Apache-2.0
 *
 * throttle.c - looks at the load once a second. Fails closed: as long as something is not
 * known, nothing new is begun.
 */
#include "config.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "catalog/server_sql.h"
#include "engine/clock.h"
#include "engine/throttle.h"
#include "wait.h"

enum { WAIT_MS = 250, WAIT_MOST_SECONDS = 7 * 24 * 3600 };
static const double look_seconds = 1;

struct throttle {
    const struct throttle_limits *limits;
    struct connection *replica; /* a session there, or NULL */
    double looked;
    struct strbuf reason;
    bool is_told;
};

bool throttle_is_needed(const struct throttle_limits *limits)
{
    return limits->lag_seconds > 0 || limits->sessions > 0;
}

struct throttle *throttle_new(const struct throttle_limits *limits)
{
    struct throttle *throttle = xcalloc(1, sizeof(*throttle));

    throttle->limits = limits;
    return throttle;
}

void throttle_free(struct throttle *throttle)
{
    if (throttle == NULL)
        return;
    sql_close(throttle->replica);
    strbuf_clear(&throttle->reason);
    free(throttle);
}

const char *throttle_reason(const struct throttle *throttle)
{
    return strbuf_text(&throttle->reason);
}

static void tell(struct throttle *throttle)
{
    bool is_paused = throttle->reason.length > 0;

    if (is_paused && !throttle->is_told)
        log_warning("paused: waits for %s", throttle_reason(throttle));
    else if (!is_paused && throttle->is_told)
        log_info("the load has fallen, or the replicas have caught up: going on");
    throttle->is_told = is_paused;
}

static void wait_for_lag(struct throttle *throttle, const char *whose, double lag)
{
    if (lag > throttle->limits->lag_seconds)
        strbuf_addf(&throttle->reason, "%s: %.1f s behind, limit %.1f s", whose, lag,
                    throttle->limits->lag_seconds);
}

static int look_at_lag(struct throttle *throttle, struct connection *connection,
                       struct err *err)
{
    double lag = 0;

    if (sql_get_replica_lag(connection, &lag, err) == 0) {
        wait_for_lag(throttle, "the replicas", lag);
        return 0;
    }
    if (err->category != ERR_UNSUPPORTED)
        return -1;
    err_clear(err);
    return 0;
}

static int look_at_sessions(struct throttle *throttle, struct connection *connection,
                            struct err *err)
{
    long long limit = throttle->limits->sessions;
    struct sql_result *load = server_query(connection, "load", 0, NULL, err);
    int status = 0;

    if (load == NULL)
        return -1;
    if (!sql_is_null(load, 0, 1)) {
        (void)err_set(err, ERR_STATE, "%s", sql_text(load, 0, 1));
        status = err_hint(err, "%s", sql_text(load, 0, 2));
    } else if (sql_integer(load, 0, 0) > limit) {
        strbuf_addf(&throttle->reason,
                    "the server: %lld sessions of others are at work, limit %lld",
                    sql_integer(load, 0, 0), limit);
    }
    sql_result_free(load);
    return status;
}

/* One that cannot be asked is taken for one that lags. */
static void look_at_replica(struct throttle *throttle)
{
    const struct url *url = throttle->limits->replica;
    struct sql_result *lag = NULL;
    struct err err = {0};

    if (throttle->replica != NULL && !sql_is_alive(throttle->replica)) {
        sql_close(throttle->replica);
        throttle->replica = NULL;
    }
    if (throttle->replica == NULL)
        throttle->replica = sql_connect(url, "lag", &err);
    if (throttle->replica != NULL)
        lag = server_query(throttle->replica, "load_replica", 0, NULL, &err);
    if (lag == NULL)
        strbuf_addf(&throttle->reason, "a look at the replica %s (%s)", url->shown,
                    err.text);
    else if (sql_is_null(lag, 0, 0))
        strbuf_addf(&throttle->reason, "the replica %s, which does not replicate",
                    url->shown);
    else
        wait_for_lag(throttle, url->shown, strtod(sql_text(lag, 0, 0), NULL));
    sql_result_free(lag);
}

int throttle_look(struct throttle *throttle, struct connection *connection,
                  struct err *err)
{
    const struct throttle_limits *limits = throttle->limits;
    int status = 0;

    if (!throttle_is_needed(limits) || clock_now() - throttle->looked < look_seconds)
        return 0;
    throttle->looked = clock_now();
    strbuf_truncate(&throttle->reason, 0);
    if (limits->lag_seconds > 0)
        status = look_at_lag(throttle, connection, err);
    if (status == 0 && throttle->reason.length == 0 && limits->lag_seconds > 0 &&
        limits->replica != NULL)
        look_at_replica(throttle);
    if (status == 0 && throttle->reason.length == 0 && limits->sessions > 0)
        status = look_at_sessions(throttle, connection, err);
    if (status != 0) {
        strbuf_add_string(&throttle->reason, "a look at the load");
        return -1;
    }
    tell(throttle);
    return 0;
}

void throttle_is_blind(struct throttle *throttle)
{
    strbuf_truncate(&throttle->reason, 0);
    strbuf_add_string(&throttle->reason, "a look at the load (no session)");
    tell(throttle);
}

int throttle_wait(struct throttle *throttle, struct connection *connection,
                  struct err *err)
{
    struct deadline deadline = deadline_in(WAIT_MOST_SECONDS);

    for (;;) {
        if (throttle_look(throttle, connection, err) != 0)
            return -1;
        if (throttle->reason.length == 0)
            return 0;
        if (wait_turn(&deadline, WAIT_MS, "the load to fall", err) != 0)
            return -1;
    }
}
