#!/bin/sh
# The role of serve and worker; `benkan db upgrade --grant benkan_app` gives it its rights.
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set password="$APPLICATION_PASSWORD" <<'SQL'
CREATE ROLE benkan_app LOGIN PASSWORD :'password';
SQL
