# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# doctor_lib.sh - what airshift doctor says of a database that is right, or says another
# revision than it is at, the same on every server. The test that sources it has started one,
# and has these:
#
#   $airshift, $work           the program, a directory
#   $narrow                    SQL that makes serialized_dag.fileloc_hash 32 bits wide
#   db_create DATABASE         an empty one
#   db_url DATABASE            its URL
#   copy FROM TO               which may be there
#   sql DATABASE SQL           rows, fields between bars
#   quiet DATABASE SQL         nothing but errors
#   dump DATABASE              all that is in it
#   definition DATABASE TABLE  how the server says that the table is made

# shellcheck disable=SC2154 # what the test has
doctor() { # doctor DATABASE [ARG ...]: output on one line and exit status in $out and $status
    local database=$1
    shift
    db_url "$database" >"$work/url"
    out=$("$airshift" doctor --url-file "$work/url" "$@" 2>&1)
    status=$?
    out=${out//$'\n'/ | }
}
json() {
    db_url "$1" >"$work/url-json"
    "$airshift" doctor --url-file "$work/url-json" --json | jq -r "$2"
}
migrate() {
    db_url "$1" >"$work/url"
    "$airshift" migrate --url-file "$work/url" --progress none "${@:2}" >"$work/migrate" 2>&1
}
revision() { # DATABASE [VERSION-TABLE]
    sql "$1" "SELECT version_num FROM ${2:-alembic_version} ORDER BY 1" | paste -sd' ' | sed 's/^$/none/'
}

test_versions() {
    # --- what is right ---
    db_create empty
    doctor empty
    like "$status $out" '^0 .*there is no Airflow in this database' 'no Airflow'
    db_create newest
    migrate newest --to 3.3.2
    doctor newest
    like "$status $out" '^0 core: alembic_version says d2f4e1b3c5a7 \(3.3.0.* core: the tables are those of that .*nothing is wrong$' 'the newest version'
    like "$out" 'fab: alembic_version_fab says 02ca36b0235b .* fab: the tables are those of that' "and the FAB provider's"
    is "$(json newest '"\(.is_bad) \(.core.verdict) \(.fab.verdict) \(.core.equal | map(.revision) | join(" "))"')" 'false right right d2f4e1b3c5a7' 'as JSON'
    is "$(json newest '.seconds < 2')" true 'in less than two seconds'
    db_create two
    migrate two --to 2.11.2
    doctor two
    like "$status $out" '^0 .*says 5f2621c13b39 .*nothing is wrong$' 'Airflow 2.11'
    unlike "$out" 'fab:' "whose tables for users are the core chain's"
    is "$(json two '.core.equal | map(.revision) | join(" ")')" 5f2621c13b39 'names tell apart what renames only'
    db_create old
    migrate old --to 1.10.15 --without-fab
    doctor old
    like "$status $out" '^0 .*says 03afc6b6f902 .*nothing is wrong$' 'Airflow 1.10'
    # Between two merges of the chain there are several heads, rightly.
    copy old branches
    db_url branches >"$work/url"
    "$airshift" downgrade --url-file "$work/url" --to a56c9515abdc --yes >/dev/null 2>&1
    doctor branches
    like "$status $out" '^14 .*also says .*column serialized_dag.fileloc_hash is bigint NOT NULL, not int(eger)? NOT NULL' "what a downgrade of Airflow's leaves"
    quiet branches "$narrow"
    doctor branches
    like "$status $out" '^0 .*also says .*nothing is wrong$' 'several branches'
    is "$(revision branches | wc -w)" 4 'of which there are four'

    # --- alembic_version is wrong ---
    copy newest db
    quiet db "UPDATE alembic_version SET version_num = '29ce7909c52b'"
    doctor db
    like "$status $out" '^14 .*says 29ce7909c52b .*the tables are those of d2f4e1b3c5a7' 'it says an older one'
    like "$out" 'wrong: alembic_version does not say.*they have [0-9]+ differences to 29ce7909c52b.*do: .airshift doctor --repair. writes d2f4e1b3c5a7' 'what is to be done'
    like "$out" 'something is wrong$' 'the last line says it'
    dump db >"$work/before"
    doctor db --repair
    like "$status $out" "^2 .*repair: INSERT INTO \"(public|db)\".\"alembic_version\" \(version_num\) VALUES \('d2f4e1b3c5a7'\).*nothing was changed: --yes does it" 'without --yes it is shown only'
    dump db | cmp -s - "$work/before"
    is $? 0 'and nothing is changed'
    doctor db --repair --yes
    is "$status $(revision db)" '0 d2f4e1b3c5a7' 'it is repaired'
    like "$out" 'repaired; now:.*nothing is wrong$' 'and looked at again'
    diff <(dump newest) <(dump db) >"$work/diff"
    is "$? $(head -n 3 "$work/diff")" '0 ' 'all else is as it was'
    doctor db --repair --yes
    like "$status $out" '^0 .*nothing to repair' 'a second time there is nothing to do'

    copy two db
    quiet db 'DELETE FROM alembic_version'
    doctor db
    like "$status $out" '^14 core: alembic_version is empty .*the tables are those of 5f2621c13b39' 'it is empty'
    db_url db >"$work/url"
    is "$("$airshift" doctor --url-file "$work/url" --repair --yes --json | jq -r '"\(.is_bad) \(.repaired | length)"') $(revision db)" 'false 2 5f2621c13b39' 'it is repaired, with JSON'
    quiet db 'DROP TABLE alembic_version'
    doctor db --repair --yes
    is "$status $(revision db)" '0 5f2621c13b39' 'it is made anew where it is missing'
    is "$(definition db alembic_version)" "$(definition two alembic_version)" 'as Alembic makes it'

    copy two db
    quiet db "INSERT INTO alembic_version VALUES ('686269002441')"
    doctor db
    like "$status $out" '^14 .*also says.*more than one revision at once is right only between branches.*writes 5f2621c13b39' 'two heads of which one builds upon the other'
    doctor db --repair --yes
    is "$status $(revision db)" '0 5f2621c13b39' 'the one that is right stays'

    copy two db
    quiet db "UPDATE alembic_version SET version_num = 'a0b1c2d3e4f5'"
    doctor db
    like "$status $out" '^14 .*says a0b1c2d3e4f5 .*no revision that airshift knows' 'a revision that nobody knows'
    doctor db --repair --yes
    like "$status $out $(revision db)" '^7 .*--revision.* a0b1c2d3e4f5$' 'is not written over: it may be newer'
    doctor db --repair --yes --revision d2f4e1b3c5a7
    like "$status $out $(revision db)" '^7 .*not that of revision.* a0b1c2d3e4f5$' 'nor with a revision that the tables are not of'
    doctor db --repair --yes --revision 5f26
    like "$status $out" '^9 .*no revision, in full' 'nor with a part of an id'
    doctor db --repair --yes --revision 5f2621c13b39
    is "$status $(revision db)" '0 5f2621c13b39' 'but where a person says so'

    # The provider's first revision is not run where Airflow 2 was before.
    copy two db
    migrate db --to 3.3.2
    doctor db
    like "$? $status $out" '^0 0 .*fab: the tables are those of that.*nothing is wrong$' 'Airflow 2.11, migrated to 3.3'

    # Two revisions that differ in no table.
    db_create twins
    migrate twins --to 3.0.6
    quiet twins "DELETE FROM alembic_version"
    doctor twins
    like "$status $out" '^14 .*those of fe199e1abd77.*and no less those of 29ce7909c52b.*--revision' 'revisions that the tables do not tell apart'
    doctor twins --repair --yes
    is "$status $(revision twins)" '7 none' 'none of them is written'
    doctor twins --repair --yes --revision 29ce7909c52b
    is "$status $(revision twins)" '0 29ce7909c52b' 'but that which is chosen'

    copy newest db
    quiet db "UPDATE alembic_version_fab SET version_num = '6709f7a774b9'"
    doctor db
    is "$status" 0 "the FAB provider's base may be ahead of itself"
    quiet db "DELETE FROM alembic_version_fab"
    doctor db --repair --yes --revision 02ca36b0235b
    is "$status $(revision db alembic_version_fab) $(revision db)" '0 02ca36b0235b d2f4e1b3c5a7' "the FAB provider's version is written"
    db_create three
    migrate three --to 3.0.6
    quiet three "UPDATE alembic_version_fab SET version_num = '02ca36b0235b'"
    doctor three
    like "$status $out" '^14 .*fab: the tables are those of 6709f7a774b9.*alembic_version_fab does not say' 'the FAB provider says a newer one than it is at'
    doctor three --repair --yes
    is "$status $(revision three alembic_version_fab)" '0 6709f7a774b9' 'which is repaired, too'
}
