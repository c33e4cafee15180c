/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_unpickle.c - libFuzzer entry: any bytes as a pickle, and as an xcom value.
 * Checks that what comes out is ASCII or UTF-8 text without a NUL, and that nothing is
 * appended where nothing was converted. With the limits low it is quick; the corpus is
 * in corpus_unpickle/.
 */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "pickle/unpickle.h"
#include "pickle/xcom_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_pickle(const uint8_t *data, size_t size)
{
    static const struct unpickle_limits limits = {1u << 20, 100000, 500, 1u << 20};
    struct strbuf json = STRBUF_INIT;
    struct unpickle_result result;

    (void)unpickle_to_json(data, size, &limits, &json, &result);
    if (result.kind == UNPICKLE_CONVERTED || result.kind == UNPICKLE_LONE_SURROGATE) {
        for (size_t i = 0; i < json.length; i++) {
            if (json.data[i] < ' ' || json.data[i] > '~')
                abort();
        }
    } else if (json.length > 0 || result.reason[0] == '\0') {
        abort();
    }
    strbuf_clear(&json);
}

static void check_xcom(const uint8_t *data, size_t size)
{
    struct strbuf json = STRBUF_INIT;
    struct strbuf again = STRBUF_INIT;
    struct xcom_result result;

    if (xcom_json_convert(data, size, &json, &result) != XCOM_CONVERTED) {
        if (json.length > 0 || result.reason[0] == '\0')
            abort();
    } else if (xcom_json_convert(json.data, json.length, &again, &result) !=
                   XCOM_CONVERTED ||
               again.length != json.length ||
               memcmp(again.data, json.data, json.length) != 0) {
        abort(); /* what is clean must stay as it is */
    }
    strbuf_clear(&json);
    strbuf_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_pickle(data, size);
    check_xcom(data, size);
    return 0;
}
