-- Table $1 is done up to block $3; $4 of its old rows stay because rows that stay refer to them. $2 is not used here.
INSERT INTO airshift_clean_place (table_name, block, kept, is_done) VALUES ($1, $3, $4, $5 = 'true')
    ON DUPLICATE KEY UPDATE block = $3, kept = $4, is_done = $5 = 'true';
