/* SPDX-License-Identifier: Apache-2.0
 *
 * detach.c - green becomes a server of its own, behind a private socket, with
 * durability deferred; and gets its durability back, proved. What the settings were is
 * journalled before the first of them changes.
 *
 * While durability is deferred, a crash of the machine may leave green's files torn
 * without a trace. The id of the boot is journalled, and after another boot such a
 * server is never used again.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "replica/switch.h"
#include "state/fault.h"
#include "state/file.h"
#include "wait.h"

enum { TURN_MS = 10 };

/* The kernel's name for this boot, without its newline. */
static int read_boot(char boot[static 64], struct err *err)
{
    struct strbuf text = STRBUF_INIT;
    int status = file_read("/proc/sys/kernel/random/boot_id", 64, &text, err);

    (void)snprintf(boot, 64, "%.*s", (int)strcspn(strbuf_text(&text), "\n"),
                   strbuf_text(&text));
    strbuf_clear(&text);
    return status;
}

static int check_boot(const struct switch_context *sw, struct err *err)
{
    const char *known = journal_fact(sw->journal, "green_boot");
    char now[64];

    if (read_boot(now, err) < 0)
        return -1;
    if (known == NULL || strcmp(known, now) == 0)
        return 0;
    (void)err_set(err, ERR_STATE,
                  "the machine was restarted while green's durability was deferred");
    return err_hint(err,
                    "Green's files cannot be trusted. \"airshift switch abort\" gives "
                    "blue back; then start again.");
}

/* Still a replica: everything up to the position, then cut off, then promoted. */
static int detach_replica(struct switch_context *sw, struct connection *green,
                          struct err *err)
{
    struct deadline deadline = deadline_in(sw->config.catch_up_s);
    const char *position = journal_fact(sw->journal, "fence_position");
    struct strbuf settings = STRBUF_INIT;
    bool is_there = false;
    int status = -1;

    if (position == NULL) {
        (void)err_set(err, ERR_STATE, "the journal has no position of blue");
        goto done;
    }
    while (!is_there) {
        struct strbuf text = STRBUF_INIT;

        status = sw->ops->has_replayed(green, position, &is_there, &text, err);
        if (status == 0 && !is_there &&
            wait_turn(&deadline, TURN_MS, "green's replay", err) < 0)
            status = err_wrap(err, "green has %s", strbuf_text(&text));
        strbuf_clear(&text);
        if (status < 0)
            goto done;
    }
    status = -1;
    if (sw->ops->describe_durability(green, &settings, err) < 0 ||
        journal_set_fact(sw->journal, "green_durability", strbuf_text(&settings), err) <
            0)
        goto done;
    fault_point("cut", "before");
    if (journal_set_number(sw->journal, "green_cut", 1, err) < 0 ||
        sw->ops->cut_stream(green, sw->config.promote_s, err) < 0)
        goto done;
    fault_point("promote", "before");
    if (sw->ops->promote(green, sw->config.promote_s, err) < 0)
        goto done;
    fault_point("promote", "after");
    status = 0;
done:
    strbuf_clear(&settings);
    return status;
}

/* Promoted, privately: it needs no fence of blue's, and nothing of blue any more. */
static int make_independent(struct switch_context *sw, struct err *err)
{
    struct connection *green = switch_connect(sw, &sw->green, err);
    struct connection *blue = switch_blue(sw, err);
    struct fence original;
    char slot[64];
    int status = -1;

    switch_slot(sw, &sw->green, slot);
    if (green != NULL && blue != NULL) {
        if (!switch_original_fence(sw, &original))
            (void)err_set(err, ERR_STATE, "the journal does not know blue's fence");
        else if (sw->ops->lift_fence(green, &original, err) == 0 &&
                 sw->ops->forget_master(&sw->green, green, err) == 0 &&
                 (sw->green.is_adopted ||
                  sw->ops->drop_slot(blue, slot, sw->config.promote_s, err) == 0))
            status = 0;
    }
    sql_close(green);
    return status;
}

/* Safe to repeat: each part looks where green is. */
int replica_detach(struct switch_context *sw, struct err *err)
{
    enum server_phase phase;
    char boot[64];

    if (switch_lock_blue(sw, err) < 0 ||
        sw->ops->get_phase(&sw->green, &phase, err) < 0)
        return -1;
    if (phase != SERVER_DETACHED && journal_fact(sw->journal, "green_boot") == NULL) {
        struct strbuf position = STRBUF_INIT;
        struct standby_facts facts = {.replayed = NULL};
        struct connection *green;
        int status;

        /* A promoted adopted server must not be reached by anybody either. */
        if (switch_enter(sw, &sw->green, SERVER_STANDBY, err) < 0)
            return -1;
        green = switch_connect(sw, &sw->green, err);
        if (green == NULL)
            return -1;
        status = sw->ops->look_at_standby(green, &facts, err);
        if (status == 0 && facts.is_replica)
            status = detach_replica(sw, green, err);
        /* The server remembers where its replay ended until it is restarted. */
        facts.replayed = &position;
        if (status == 0)
            status = sw->ops->look_at_standby(green, &facts, err);
        if (status == 0 && position.length > 0) {
            log_info("green is on its own from position %s", strbuf_text(&position));
            status = journal_set_fact(sw->journal, "green_position",
                                      strbuf_text(&position), err);
        }
        strbuf_clear(&position);
        sql_close(green);
        if (status < 0 || sw->ops->stop(&sw->green, err) < 0)
            return -1;
    }
    /* Known before the first moment in which a crash of the machine could tear files.
     */
    if (read_boot(boot, err) < 0 || check_boot(sw, err) < 0 ||
        journal_set_fact(sw->journal, "green_boot", boot, err) < 0 ||
        switch_enter(sw, &sw->green, SERVER_DETACHED, err) < 0)
        return -1;
    return make_independent(sw, err);
}

/* Safe to repeat: the migration itself goes on where it was. */
int replica_migrate(struct switch_context *sw, struct err *err)
{
    if (switch_lock_blue(sw, err) < 0 || check_boot(sw, err) < 0 ||
        switch_enter(sw, &sw->green, SERVER_DETACHED, err) < 0)
        return -1;
    return replica_run_migration(sw, err);
}

/* Everything on the disk, then its own settings, then the proof. Safe to repeat: what
 * is on the disk is journalled, and only a server with its own settings can pass the
 * proof. */
int replica_restore(struct switch_context *sw, struct err *err)
{
    const char *expected = journal_fact(sw->journal, "green_durability");
    enum server_phase phase;
    struct connection *green;
    int status;

    if (expected == NULL)
        return err_set(err, ERR_STATE, "the journal does not know green's settings");
    if (sw->ops->get_phase(&sw->green, &phase, err) < 0)
        return -1;
    if (journal_number(sw->journal, "green_synced", 0) != 1) {
        if (check_boot(sw, err) < 0)
            return -1;
        /* A server that was killed must end its recovery before its files are complete.
         */
        if (switch_enter(sw, &sw->green, SERVER_DETACHED, err) < 0 ||
            sw->ops->stop(&sw->green, err) < 0 ||
            sw->ops->sync_files(&sw->green, sw->config.sync_s, err) < 0 ||
            journal_set_number(sw->journal, "green_synced", 1, err) < 0)
            return -1;
    }
    if (switch_enter(sw, &sw->green, SERVER_RESTORED, err) < 0)
        return -1;
    /* Without our session settings: the proof is about the server's own. */
    green = sw->ops->connect(&sw->green, "switch", err);
    if (green == NULL)
        return -1;
    status = sw->ops->checkpoint(green, err);
    if (status == 0)
        status = sw->ops->prove_durability(green, expected, err);
    sql_close(green);
    if (status < 0)
        return -1;
    log_info("green's durability is restored: %s", expected);
    return 0;
}
