#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The real `airflow db migrate` of 3.3.2 on the database URL given, for measure.py.
# shellcheck source-path=SCRIPTDIR source=../tests/lib/airflow_env.sh
. "$(dirname "$0")/../tests/lib/airflow_env.sh"
airflow_run 3.3.2 "$1" db migrate
