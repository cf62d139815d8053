# Runs when a database is new. The service owns its database and is no superuser; the superuser has no password,
# so it enters only from inside the pod: kubectl exec auth-postgres-0 -- psql -U postgres
psql --set=ON_ERROR_STOP=1 --no-psqlrc --username=postgres --dbname="$POSTGRES_DB" --set=service="$POSTGRES_DB" <<'SQL'
\set password `cat /run/secrets/postgres/password`
CREATE ROLE :"service" LOGIN PASSWORD :'password';
ALTER DATABASE :"service" OWNER TO :"service";
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
ALTER ROLE postgres PASSWORD NULL;
SQL
