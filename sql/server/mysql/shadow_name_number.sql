-- The number of the name $1.
SELECT number FROM airshift_name WHERE name = $1;
