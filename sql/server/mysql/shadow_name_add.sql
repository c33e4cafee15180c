-- A constraint of the name $1 will have another one for the exchange.
INSERT IGNORE INTO airshift_name (name) VALUES ($1);
