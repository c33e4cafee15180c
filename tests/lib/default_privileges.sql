-- Grants and default privileges for a database of Airflow's that role airflow has: what is made
-- anew gets some, what is there keeps its own. Roles reader, writer and stranger must be there.
GRANT CREATE, USAGE ON SCHEMA public TO airflow;
GRANT SELECT, UPDATE ON dag_run TO reader;
GRANT SELECT (state) ON task_instance TO writer WITH GRANT OPTION;
REVOKE TRUNCATE ON xcom FROM airflow;
ALTER DEFAULT PRIVILEGES FOR ROLE airflow IN SCHEMA public GRANT SELECT ON TABLES TO reader;
ALTER DEFAULT PRIVILEGES FOR ROLE airflow IN SCHEMA public GRANT USAGE ON SEQUENCES TO reader;
ALTER DEFAULT PRIVILEGES FOR ROLE airflow GRANT INSERT ON TABLES TO writer WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE airflow REVOKE TRIGGER ON TABLES FROM airflow;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT ALL ON TABLES TO stranger;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT ALL ON SEQUENCES TO stranger;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT ALL ON TABLES TO PUBLIC;
