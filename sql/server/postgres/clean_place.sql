-- Table $1, with the file node $2, is done up to block $3; $4 of its old rows stay because rows that stay refer to them.
INSERT INTO airshift_clean.place (table_name, filenode, block, kept, is_done) VALUES ($1, $2::oid, $3::bigint, $4::bigint, $5::boolean)
    ON CONFLICT (table_name) DO UPDATE SET filenode = excluded.filenode, block = excluded.block, kept = excluded.kept, is_done = excluded.is_done;
