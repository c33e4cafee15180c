/* SPDX-License-Identifier: Apache-2.0
 *
 * dag_document.h - the functions of revisions cc92b33c6709 and 55297ae24532 that look
 * into serialized DAGs and change them, as Airflow 3.3.2's Python code does.
 *
 * A document is serialized_dag.data_compressed, unpacked, where that is neither NULL
 * nor empty, and serialized_dag.data otherwise. It is read as json.loads() reads it and
 * written as json.dumps() writes it.
 *
 * Each function returns NULL, or a text (static) why there is nothing, or not all, in
 * its result; each function says which. One that cannot read its document never makes
 * one up.
 */
#ifndef AIRSHIFT_NATIVE_DAG_DOCUMENT_H
#define AIRSHIFT_NATIVE_DAG_DOCUMENT_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "dialect.h"

/* More JSON text than this is not parsed. */
#define DAG_DOCUMENT_LIMIT ((size_t)64 << 20)

/*
 * Appends a JSON array of the usable alerts under dag.deadline. Nothing is appended
 * with a problem, but for DAG_ALERTS_LEFT_OUT: then the array is there and not empty,
 * and it is the only place where the others still are once the document has been
 * rewritten.
 *
 * A document whose hash Airflow could not compute afterwards is refused here already,
 * and so is one with alerts that no server's JSON type takes.
 */
extern const char DAG_ALERTS_LEFT_OUT[];
const char *dag_deadline_alerts(const struct sql_field *data,
                                const struct sql_field *compressed, struct strbuf *json)
    __attribute__((warn_unused_result));

/* Appends Airflow's hash of the document with `list` (JSON) in the place of
 * dag.deadline. Nothing is appended with a problem. */
const char *dag_hash_with_deadline(const struct sql_field *data,
                                   const struct sql_field *compressed,
                                   const struct sql_field *list, struct strbuf *hash)
    __attribute__((warn_unused_result));

/* Appends the document with `list` in the place of dag.deadline, packed. With a
 * problem, and where `compressed` is empty, these are the bytes it was. */
const char *dag_compressed_with_deadline(const struct sql_field *compressed,
                                         const struct sql_field *list,
                                         struct strbuf *bytes)
    __attribute__((warn_unused_result));

/* Appends the number by which Airflow knows the file of a DAG: the last eight bytes of the
 * path's SHA-1, big-endian, without the lowest one (DagCode.dag_fileloc_hash()). */
const char *dag_fileloc_hash(const struct sql_field *path, struct strbuf *hash)
    __attribute__((warn_unused_result));

/* Whether dag.deadline is a list of strings and not an empty one. */
const char *dag_has_deadline_ids(const struct sql_field *data,
                                 const struct sql_field *compressed, bool *has_ids)
    __attribute__((warn_unused_result));

/*
 * Appends a packed document of version 3 as one of version 2; any other one, and one
 * with a problem, as it was. Unlike Airflow, which takes the data for gzip, finds that
 * it is not, and leaves it, this does change zlib's streams, the only ones that Airflow
 * itself writes.
 */
const char *dag_serialized_v2(const struct sql_field *compressed, struct strbuf *bytes)
    __attribute__((warn_unused_result));

#endif
