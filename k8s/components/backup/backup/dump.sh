# Dumps each database into a folder named by the time, and keeps the newest folders. k8s/scripts/databases restores them.
set -euo pipefail
umask 077
folder=/backups/$(date -u +%Y-%m-%dT%H%M%SZ)
rm -rf /backups/*.new # of a run that was broken off
mkdir "$folder.new"
for service in $SERVICES; do
	url=$(cat "/run/secrets/databases/$service")
	pg_dump --no-owner --no-comments "${url%%[?&]pool_*}" | gzip >"$folder.new/$service.sql.gz" # pool_… is for the services' driver only
	echo "$(date -u +%FT%TZ) $service"
done
mv "$folder.new" "$folder"
ls -d /backups/2* | head -n "-$KEEP" | xargs -r rm -r
du -sh /backups/2*
