-- Whether this session sees the settings as they should be: $1 is "on" or "off".
SELECT NOT EXISTS (SELECT 1 FROM airshift_durability.setting WHERE current_setting(name) <> $1);
