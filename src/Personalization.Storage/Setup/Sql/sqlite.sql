-- Tables of this system and of Orleans' ADO.NET persistence provider, written against the provider's query contract.

CREATE TABLE IF NOT EXISTS personalization_users (
    user_id    TEXT    NOT NULL PRIMARY KEY,
    bucket     INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    next_check INTEGER NULL,       -- Unix milliseconds, shop time
    payload    BLOB    NOT NULL,
    holder     INTEGER NOT NULL DEFAULT 0    -- the silo whose grain holds the user in memory
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS personalization_users_due ON personalization_users (bucket, next_check) WHERE next_check IS NOT NULL;

CREATE TABLE IF NOT EXISTS OrleansQuery (
    QueryKey  TEXT NOT NULL PRIMARY KEY,
    QueryText TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS orleans_state (
    service_id TEXT    NOT NULL,
    grain_type TEXT    NOT NULL,
    type_hash  INTEGER NOT NULL,
    id_hash    INTEGER NOT NULL,
    id_n0      INTEGER NOT NULL,
    id_n1      INTEGER NOT NULL,
    id_text    TEXT    NOT NULL,   -- empty for keys without text
    version    INTEGER NOT NULL,
    payload    BLOB    NULL,
    PRIMARY KEY (id_hash, type_hash, id_n0, id_n1, id_text, grain_type, service_id)
) WITHOUT ROWID;

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
('ReadFromStorageKey', '
    SELECT payload AS PayloadBinary, version AS Version FROM orleans_state
    WHERE id_hash = @GrainIdHash AND type_hash = @GrainTypeHash AND id_n0 = @GrainIdN0 AND id_n1 = @GrainIdN1
      AND id_text = IFNULL(@GrainIdExtensionString, '''') AND grain_type = @GrainTypeString AND service_id = @ServiceId'),
('WriteToStorageKey', '
    UPDATE orleans_state SET payload = @PayloadBinary, version = version + 1
    WHERE id_hash = @GrainIdHash AND type_hash = @GrainTypeHash AND id_n0 = @GrainIdN0 AND id_n1 = @GrainIdN1
      AND id_text = IFNULL(@GrainIdExtensionString, '''') AND grain_type = @GrainTypeString AND service_id = @ServiceId
      AND version = @GrainStateVersion
    RETURNING version AS NewGrainStateVersion;
    INSERT INTO orleans_state (service_id, grain_type, type_hash, id_hash, id_n0, id_n1, id_text, version, payload)
    SELECT @ServiceId, @GrainTypeString, @GrainTypeHash, @GrainIdHash, @GrainIdN0, @GrainIdN1, IFNULL(@GrainIdExtensionString, ''''), 1, @PayloadBinary
    WHERE @GrainStateVersion IS NULL
    ON CONFLICT DO NOTHING
    RETURNING version AS NewGrainStateVersion'),
('ClearStorageKey', '
    UPDATE orleans_state SET payload = NULL, version = version + 1
    WHERE id_hash = @GrainIdHash AND type_hash = @GrainTypeHash AND id_n0 = @GrainIdN0 AND id_n1 = @GrainIdN1
      AND id_text = IFNULL(@GrainIdExtensionString, '''') AND grain_type = @GrainTypeString AND service_id = @ServiceId
      AND version = @GrainStateVersion
    RETURNING version AS NewGrainStateVersion'),
('DeleteStorageKey', '
    DELETE FROM orleans_state
    WHERE id_hash = @GrainIdHash AND type_hash = @GrainTypeHash AND id_n0 = @GrainIdN0 AND id_n1 = @GrainIdN1
      AND id_text = IFNULL(@GrainIdExtensionString, '''') AND grain_type = @GrainTypeString AND service_id = @ServiceId
      AND version = @GrainStateVersion
    RETURNING version + 1 AS NewGrainStateVersion')
ON CONFLICT (QueryKey) DO UPDATE SET QueryText = excluded.QueryText;
