-- Which database and which server: name, version for a person.
SELECT database(), concat('MySQL ', substring_index(version(), '-', 1));
