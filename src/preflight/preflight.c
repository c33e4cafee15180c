/* SPDX-License-Identifier: Apache-2.0
 *
 * preflight.c - the looks. What is wrong with a server's settings the statements
 * sql/server/<dialect>/preflight_*.sql judge themselves: they are the server's own. What
 * takes the plan or the doctor is judged here.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "catalog/read.h"
#include "catalog/server_sql.h"
#include "compiler/shadow.h"
#include "doctor/doctor.h"
#include "migrate/run_state.h"
#include "preflight/preflight.h"

enum {
    SESSIONS_BESIDES = 2,  /* a migration has, beside its workers */
    SPARE_BYTES = 1 << 30, /* less than that beside what is needed is scarce */
    PARAMETERS_MOST = 3,
    NUMBER_SIZE = 32,
    DIFFERENCES_SHOWN = 3,
};

/* What a statement may be given. */
enum parameter {
    PARAMETER_NONE,
    PARAMETER_VERSION,
    PARAMETER_LONG,
    PARAMETER_SESSIONS,
    PARAMETER_SESSION,
    PARAMETER_LOG,
};

struct look {
    const char *topic; /* where it fails */
    const char *statement;
    const char *table; /* of Airflow's; not looked at where it is missing; or NULL */
    enum parameter parameters[PARAMETERS_MOST];
};

static const struct look looks[] = {
    {"server", "preflight_server", NULL, {PARAMETER_VERSION}},
    {"settings", "preflight_settings", NULL, {PARAMETER_LOG}},
    {"replication", "preflight_replication", NULL, {PARAMETER_LONG}},
    {"sessions",
     "preflight_sessions",
     NULL,
     {PARAMETER_LONG, PARAMETER_SESSIONS, PARAMETER_SESSION}},
    {"privileges", "preflight_role", NULL, {PARAMETER_NONE}},
    {"extensions", "preflight_extensions", NULL, {PARAMETER_NONE}},
    {"Airflow", "preflight_airflow", "job", {PARAMETER_NONE}},
};

struct looking {
    const struct preflight_options *options;
    struct preflight *preflight;
    struct connection *connection;
    const char *schema;
};

const char *light_name(enum light light)
{
    static const char *const names[] = {"red", "yellow", "green"};

    return names[light];
}

size_t preflight_count(const struct preflight *preflight, enum light light)
{
    size_t count = 0;

    for (size_t i = 0; i < preflight->findings.count; i++)
        count += ((const struct finding *)preflight->findings.items[i])->light == light;
    return count;
}

static void add(struct looking *looking, enum light light, const char *topic,
                const char *advice, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

static void add(struct looking *looking, enum light light, const char *topic,
                const char *advice, const char *format, ...)
{
    struct arena *arena = looking->preflight->arena;
    struct finding *finding = arena_zalloc(arena, sizeof(*finding));
    char text[2048];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    finding->light = light;
    finding->topic = arena_strdup(arena, topic);
    finding->text = arena_strdup(arena, text);
    finding->advice =
        advice != NULL && advice[0] != '\0' ? arena_strdup(arena, advice) : NULL;
    list_add(arena, &looking->preflight->findings, finding);
}

/* An error of the server's is a finding; that the server is gone is an error. */
static int add_failure(struct looking *looking, const char *topic, struct err *err)
{
    if (!sql_is_alive(looking->connection) || err->category == ERR_INTERRUPTED ||
        err->category == ERR_INTERNAL)
        return -1;
    add(looking, LIGHT_YELLOW, topic, err->hint, "could not be looked at: %s",
        err->text);
    err_clear(err);
    return 0;
}

/* --- what the server's own statements say ------------------------------------------- */

static void add_parameter(const struct looking *looking, enum parameter parameter,
                          char text[static NUMBER_SIZE])
{
    const struct preflight *preflight = looking->preflight;

    switch (parameter) {
    case PARAMETER_NONE:
        break;
    case PARAMETER_VERSION:
        (void)snprintf(text, NUMBER_SIZE, "%d",
                       sql_server_version(looking->connection));
        break;
    case PARAMETER_LONG:
        (void)snprintf(text, NUMBER_SIZE, "%g", looking->options->long_seconds);
        break;
    case PARAMETER_SESSIONS:
        (void)snprintf(text, NUMBER_SIZE, "%u",
                       looking->options->workers + SESSIONS_BESIDES);
        break;
    case PARAMETER_SESSION:
        (void)snprintf(text, NUMBER_SIZE, "%lld", sql_session_id(looking->connection));
        break;
    case PARAMETER_LOG:
        (void)snprintf(text, NUMBER_SIZE, "%llu", preflight->estimate.disk_bytes);
        break;
    }
}

static enum light light_of(const char *name)
{
    for (int light = 0; light < LIGHT_COUNT; light++) {
        if (strcmp(light_name((enum light)light), name) == 0)
            return (enum light)light;
    }
    return LIGHT_YELLOW;
}

static int run_statement(struct looking *looking, const struct look *look,
                         struct err *err)
{
    char texts[PARAMETERS_MOST][NUMBER_SIZE];
    const char *parameters[PARAMETERS_MOST];
    struct sql_result *rows;
    size_t count = 0;

    while (count < PARAMETERS_MOST && look->parameters[count] != PARAMETER_NONE) {
        add_parameter(looking, look->parameters[count], texts[count]);
        parameters[count] = texts[count];
        count++;
    }
    rows = server_query(looking->connection, look->statement, count, parameters, err);
    if (rows == NULL)
        return add_failure(looking, look->topic, err);
    for (size_t i = 0; i < sql_row_count(rows); i++)
        add(looking, light_of(sql_text(rows, i, 1)), sql_text(rows, i, 0),
            sql_text(rows, i, 3), "%s", sql_text(rows, i, 2));
    sql_result_free(rows);
    return 0;
}

static int run_statements(struct looking *looking, struct err *err)
{
    for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
        bool is_there = server_has_sql(looking->connection, looks[i].statement);

        if (is_there && looks[i].table != NULL &&
            catalog_has_table(looking->connection, looking->schema, looks[i].table,
                              &is_there, err) != 0)
            return -1;
        if (is_there && run_statement(looking, &looks[i], err) != 0)
            return -1;
    }
    return 0;
}

/* --- the plan, and what it costs ---------------------------------------------------- */

static int add_plan_failure(struct looking *looking, struct err *err)
{
    if (!sql_is_alive(looking->connection) || err->category == ERR_INTERRUPTED ||
        err->category == ERR_INTERNAL)
        return -1;
    add(looking, LIGHT_RED, "plan", err->hint, "%s", err->text);
    err_clear(err);
    return 0;
}

static int make_plan(struct looking *looking, struct err *err)
{
    struct preflight *preflight = looking->preflight;
    struct plan_options options = {.target = looking->options->target};
    struct shadow shadow = {0};
    struct run_state state;

    if (run_state_invent(looking->connection, preflight->arena, &state, err) != 0)
        return -1;
    options.seed = state.seed;
    options.run_start = state.run_start;
    if (shadow_plan(&preflight->plan, &shadow, looking->connection,
                    looking->options->url, &options, preflight->arena, err) != 0)
        return add_plan_failure(looking, err);
    preflight->has_plan = true;
    plan_estimate(&preflight->plan, &preflight->estimate);
    return 0;
}

static void judge_plan(struct looking *looking)
{
    const struct preflight *preflight = looking->preflight;
    const struct plan *plan = &preflight->plan;

    for (size_t i = 0; i < plan->problems.count; i++) {
        const struct problem *problem = plan->problems.items[i];

        add(looking, problem->is_fatal ? LIGHT_RED : LIGHT_YELLOW, "plan",
            problem->hint, "%s", problem->text);
    }
    if (plan->problems.count > 0)
        return;
    if (plan->is_noop)
        add(looking, LIGHT_GREEN, "plan", NULL, "at %s already, nothing to do",
            plan->target_version);
    else
        add(looking, LIGHT_GREEN, "plan", NULL,
            "from %s to %s: %zu tables rewritten, roughly %.0f s",
            plan->is_empty_database ? "an empty database" : plan->source_version,
            plan->target_version, preflight->estimate.counts[TABLE_REWRITTEN],
            preflight->estimate.seconds);
}

/* What is built, and the log of that, as long as it is kept until a checkpoint. */
static int judge_disk(struct looking *looking, struct err *err)
{
    const char *advice =
        "Free some, or enlarge the file system: a migration that finds it full fails, "
        "and with it everybody who writes on this server.";
    unsigned long long build = looking->preflight->estimate.disk_bytes;
    unsigned long long needed;
    struct sql_disk disk;

    if (sql_get_disk(looking->connection, &disk, err) != 0)
        return add_failure(looking, "disk", err);
    needed = build + (build < disk.log_bytes ? build : disk.log_bytes);
    if (build == 0)
        add(looking, LIGHT_GREEN, "disk", NULL, "nothing is rewritten");
    else if (!disk.is_known)
        add(looking, LIGHT_YELLOW, "disk",
            "Look on the server, where its data and its log are (df). The log grows by "
            "as much again where a replica, a slot or the archive holds on to it.",
            "%llu MiB are needed, log included; how much is free cannot be seen from "
            "here",
            (needed >> 20) + 1);
    else
        add(looking,
            disk.free_bytes < needed                         ? LIGHT_RED
            : disk.free_bytes < needed + build + SPARE_BYTES ? LIGHT_YELLOW
                                                             : LIGHT_GREEN,
            "disk", disk.free_bytes < needed + build + SPARE_BYTES ? advice : NULL,
            "%llu MiB are needed, log included, %llu MiB are free", (needed >> 20) + 1,
            disk.free_bytes >> 20);
    return 0;
}

/* --- what the doctor says ----------------------------------------------------------- */

static void judge_chain(struct looking *looking, struct examination *examination,
                        const struct diagnosis *diagnosis)
{
    static const char advice[] = "`airshift doctor` says what is wrong and what to do.";

    switch (diagnosis->verdict) {
    case VERDICT_ABSENT:
        if (diagnosis->versions.count > 0)
            add(looking, LIGHT_RED, "revision", advice,
                "%s says a revision, but Airflow's tables are not there",
                diagnosis->chain->version_table);
        break;
    case VERDICT_UNSTAMPED:
        break;
    case VERDICT_RIGHT:
        add(looking, LIGHT_GREEN, "revision", NULL, "the tables are those of %s",
            diagnosis_place(examination->arena, diagnosis->chain, diagnosis->claimed));
        break;
    case VERDICT_WRONG_VERSION:
        add(looking, LIGHT_RED, "revision", advice,
            "%s does not say what the tables are", diagnosis->chain->version_table);
        break;
    case VERDICT_BETWEEN:
        add(looking, LIGHT_RED, "revision", advice, "a revision is applied in part: %s",
            diagnosis_place(examination->arena, diagnosis->chain, diagnosis->half));
        break;
    case VERDICT_DRIFTED: {
        size_t count = diagnosis->differences.count;

        for (size_t i = 0; i < count && i < DIFFERENCES_SHOWN; i++)
            add(looking, LIGHT_YELLOW, "revision", advice,
                "not as Airflow makes it: %s",
                (const char *)diagnosis->differences.items[i]);
        if (count > DIFFERENCES_SHOWN)
            add(looking, LIGHT_YELLOW, "revision", advice,
                "%zu more differences to what Airflow makes",
                count - DIFFERENCES_SHOWN);
        break;
    }
    }
}

static int examine(struct looking *looking, struct err *err)
{
    struct examination examination = {0};
    int status =
        doctor_examine(looking->connection, looking->options->url, &examination, err);

    if (status != 0) {
        status = add_failure(looking, "revision", err);
    } else {
        judge_chain(looking, &examination, &examination.core);
        judge_chain(looking, &examination, &examination.fab);
        if ((examination.is_chain || examination.run.phase != RUN_NONE) &&
            !examination.is_at_work)
            add(looking, LIGHT_YELLOW, "revision",
                "The same `airshift migrate` goes on with it; `airshift migrate "
                "--discard` gives it up.",
                "a migration of airshift's was interrupted");
        for (size_t i = 0; i < examination.leftovers.count; i++) {
            const struct leftover *leftover = examination.leftovers.items[i];

            if (leftover->sureness == LEFTOVER_SURE ||
                leftover->sureness == LEFTOVER_WRONG)
                add(looking, LIGHT_YELLOW, "left over",
                    "`airshift doctor` says what to do with it.", "%s %s %s",
                    leftover->kind, leftover->name, leftover->words);
        }
    }
    examination_clear(&examination);
    return status;
}

/* ------------------------------------------------------------------------------------ */

static int look_all(struct looking *looking, struct err *err)
{
    struct preflight *preflight = looking->preflight;
    struct sql_result *now = server_query(looking->connection, "now", 0, NULL, err);

    if (now == NULL)
        return -1;
    preflight->time = server_text_copy(preflight->arena, now, 0, 0);
    sql_result_free(now);
    looking->schema = catalog_read_schema(looking->connection, preflight->arena, err);
    if (looking->schema == NULL)
        return -1;
    /* The plan comes first: statements are given what it says. */
    if (make_plan(looking, err) != 0)
        return -1;
    if (preflight->has_plan)
        judge_plan(looking);
    if (examine(looking, err) != 0 || run_statements(looking, err) != 0)
        return -1;
    return preflight->has_plan ? judge_disk(looking, err) : 0;
}

int preflight_look(const struct preflight_options *options, struct preflight *preflight,
                   struct err *err)
{
    struct looking looking = {.options = options, .preflight = preflight};
    int status = -1;

    memset(preflight, 0, sizeof(*preflight));
    preflight->arena = arena_new();
    preflight->database = arena_strdup(preflight->arena, options->url->shown);
    looking.connection = sql_connect(options->url, "preflight", err);
    if (looking.connection != NULL)
        status = look_all(&looking, err);
    sql_close(looking.connection);
    return status;
}

void preflight_clear(struct preflight *preflight)
{
    plan_clear(&preflight->plan);
    arena_free(preflight->arena);
    memset(preflight, 0, sizeof(*preflight));
}
