-- Item $1 is done.
INSERT INTO airshift_restore.done (item) VALUES ($1) ON CONFLICT DO NOTHING;
