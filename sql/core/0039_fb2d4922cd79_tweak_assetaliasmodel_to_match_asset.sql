-- revision: fb2d4922cd79
-- down_revision: 5a5d66100783
-- version: 3.0.0
-- title: Tweak AssetAliasModel to match AssetModel after AIP-76

-- upgrade

ALTER TABLE dataset_alias ALTER COLUMN name TYPE uri_string(1500);
ALTER TABLE dataset_alias ADD COLUMN "group" uri_string(1500);
-- @batch
UPDATE dataset_alias SET "group" = 'asset';
ALTER TABLE dataset_alias ALTER COLUMN "group" SET NOT NULL;

-- downgrade

ALTER TABLE dataset_alias DROP COLUMN "group";
ALTER TABLE dataset_alias ALTER COLUMN name TYPE uri_string(3000);
