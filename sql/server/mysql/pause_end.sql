-- All is given back: the memory goes.
DROP TABLE airshift_pause, airshift_pause_dag;
