-- Tables of this system and of Orleans' ADO.NET providers (clustering, persistence, reminders), written against the providers' query contract.

CREATE TABLE IF NOT EXISTS personalization_users (
    user_id    text     NOT NULL PRIMARY KEY,
    bucket     smallint NOT NULL,
    version    bigint   NOT NULL,
    next_check bigint   NULL,      -- Unix milliseconds, shop time
    payload    bytea    NOT NULL,
    holder     bigint   NOT NULL DEFAULT 0    -- the silo whose grain holds the user in memory
) WITH (fillfactor = 60);

-- IF NOT EXISTS would look only with a lock on the table: a silo that starts would wait for a vacuum, and all silos' writes behind it.
DO $$ BEGIN
    IF to_regclass('personalization_users_due') IS NULL THEN
        CREATE INDEX personalization_users_due ON personalization_users (bucket, next_check) WHERE next_check IS NOT NULL;
    END IF;
END $$;

CREATE TABLE IF NOT EXISTS OrleansQuery (
    QueryKey  text NOT NULL PRIMARY KEY,
    QueryText text NOT NULL
);

CREATE TABLE IF NOT EXISTS orleans_state (
    service_id text    NOT NULL,
    grain_type text    NOT NULL,
    type_hash  integer NOT NULL,
    id_hash    integer NOT NULL,
    id_n0      bigint  NOT NULL,
    id_n1      bigint  NOT NULL,
    id_text    text    NOT NULL,   -- empty for keys without text
    version    integer NOT NULL,
    payload    bytea   NULL,
    modified   timestamptz NOT NULL,
    PRIMARY KEY (id_hash, type_hash, id_n0, id_n1, id_text, grain_type, service_id)
);

CREATE TABLE IF NOT EXISTS orleans_membership_version (
    deployment_id text    NOT NULL PRIMARY KEY,
    version       integer NOT NULL DEFAULT 0,
    modified      timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS orleans_membership (
    deployment_id text    NOT NULL REFERENCES orleans_membership_version,
    address       text    NOT NULL,
    port          integer NOT NULL,
    generation    integer NOT NULL,
    silo_name     text    NOT NULL,
    host_name     text    NOT NULL,
    status        integer NOT NULL,
    proxy_port    integer NULL,
    suspect_times text    NULL,
    start_time    timestamptz NOT NULL,
    alive_time    timestamptz NOT NULL,
    PRIMARY KEY (deployment_id, address, port, generation)
);

CREATE TABLE IF NOT EXISTS orleans_reminders (
    service_id text    NOT NULL,
    grain_id   text    NOT NULL,
    name       text    NOT NULL,
    start_time timestamptz NOT NULL,
    period     bigint  NOT NULL,
    grain_hash integer NOT NULL,
    version    integer NOT NULL,
    PRIMARY KEY (service_id, grain_id, name)
);

DO $$ BEGIN
    IF to_regclass('orleans_reminders_hash') IS NULL THEN
        CREATE INDEX orleans_reminders_hash ON orleans_reminders (service_id, grain_hash);
    END IF;
END $$;

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
('ReadFromStorageKey', '
    SELECT payload AS PayloadBinary, version AS Version FROM orleans_state
    WHERE id_hash = @GrainIdHash AND type_hash = @GrainTypeHash AND id_n0 = @GrainIdN0 AND id_n1 = @GrainIdN1
      AND id_text = COALESCE(@GrainIdExtensionString::text, '''') AND grain_type = @GrainTypeString AND service_id = @ServiceId'),
('WriteToStorageKey', '
    WITH updated AS (
        UPDATE orleans_state SET payload = @PayloadBinary::bytea, version = version + 1, modified = now()
        WHERE id_hash = @GrainIdHash AND type_hash = @GrainTypeHash AND id_n0 = @GrainIdN0 AND id_n1 = @GrainIdN1
          AND id_text = COALESCE(@GrainIdExtensionString::text, '''') AND grain_type = @GrainTypeString AND service_id = @ServiceId
          AND version = @GrainStateVersion::integer
        RETURNING version),
    inserted AS (
        INSERT INTO orleans_state (service_id, grain_type, type_hash, id_hash, id_n0, id_n1, id_text, version, payload, modified)
        SELECT @ServiceId, @GrainTypeString, @GrainTypeHash, @GrainIdHash, @GrainIdN0, @GrainIdN1,
               COALESCE(@GrainIdExtensionString::text, ''''), 1, @PayloadBinary::bytea, now()
        WHERE @GrainStateVersion::integer IS NULL
        ON CONFLICT DO NOTHING
        RETURNING version)
    SELECT version AS NewGrainStateVersion FROM updated UNION ALL SELECT version FROM inserted'),
('ClearStorageKey', '
    UPDATE orleans_state SET payload = NULL, version = version + 1, modified = now()
    WHERE id_hash = @GrainIdHash AND type_hash = @GrainTypeHash AND id_n0 = @GrainIdN0 AND id_n1 = @GrainIdN1
      AND id_text = COALESCE(@GrainIdExtensionString::text, '''') AND grain_type = @GrainTypeString AND service_id = @ServiceId
      AND version = @GrainStateVersion::integer
    RETURNING version AS NewGrainStateVersion'),
('DeleteStorageKey', '
    DELETE FROM orleans_state
    WHERE id_hash = @GrainIdHash AND type_hash = @GrainTypeHash AND id_n0 = @GrainIdN0 AND id_n1 = @GrainIdN1
      AND id_text = COALESCE(@GrainIdExtensionString::text, '''') AND grain_type = @GrainTypeString AND service_id = @ServiceId
      AND version = @GrainStateVersion::integer
    RETURNING version + 1 AS NewGrainStateVersion'),
('GatewaysQueryKey', '
    SELECT address AS Address, proxy_port AS ProxyPort, generation AS Generation FROM orleans_membership
    WHERE deployment_id = @DeploymentId AND status = @Status AND proxy_port > 0'),
('MembershipReadRowKey', '
    SELECT v.deployment_id AS DeploymentId, m.address AS Address, m.port AS Port, m.generation AS Generation, m.silo_name AS SiloName,
           m.host_name AS HostName, m.status AS Status, m.proxy_port AS ProxyPort, m.suspect_times AS SuspectTimes,
           m.start_time AS StartTime, m.alive_time AS IAmAliveTime, v.version AS Version
    FROM orleans_membership_version AS v LEFT JOIN orleans_membership AS m
      ON m.deployment_id = v.deployment_id AND m.address = @Address AND m.port = @Port AND m.generation = @Generation
    WHERE v.deployment_id = @DeploymentId'),
('MembershipReadAllKey', '
    SELECT v.deployment_id AS DeploymentId, m.address AS Address, m.port AS Port, m.generation AS Generation, m.silo_name AS SiloName,
           m.host_name AS HostName, m.status AS Status, m.proxy_port AS ProxyPort, m.suspect_times AS SuspectTimes,
           m.start_time AS StartTime, m.alive_time AS IAmAliveTime, v.version AS Version
    FROM orleans_membership_version AS v LEFT JOIN orleans_membership AS m ON m.deployment_id = v.deployment_id
    WHERE v.deployment_id = @DeploymentId'),
('InsertMembershipVersionKey', '
    WITH inserted AS (
        INSERT INTO orleans_membership_version (deployment_id) VALUES (@DeploymentId) ON CONFLICT DO NOTHING RETURNING 1)
    SELECT count(*)::integer FROM inserted'),
('InsertMembershipKey', '
    WITH bumped AS (
        UPDATE orleans_membership_version SET version = version + 1, modified = now()
        WHERE deployment_id = @DeploymentId AND version = @Version
          AND NOT EXISTS (SELECT 1 FROM orleans_membership
                          WHERE deployment_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
        RETURNING 1),
    inserted AS (
        INSERT INTO orleans_membership (deployment_id, address, port, generation, silo_name, host_name, status, proxy_port, start_time, alive_time)
        SELECT @DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime FROM bumped
        RETURNING 1)
    SELECT count(*)::integer FROM inserted'),
('UpdateMembershipKey', '
    WITH bumped AS (
        UPDATE orleans_membership_version SET version = version + 1, modified = now()
        WHERE deployment_id = @DeploymentId AND version = @Version
          AND EXISTS (SELECT 1 FROM orleans_membership
                      WHERE deployment_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
        RETURNING 1),
    updated AS (
        UPDATE orleans_membership SET status = @Status, suspect_times = @SuspectTimes, alive_time = @IAmAliveTime
        FROM bumped
        WHERE deployment_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation
        RETURNING 1)
    SELECT count(*)::integer FROM updated'),
('UpdateIAmAlivetimeKey', '
    UPDATE orleans_membership SET alive_time = @IAmAliveTime
    WHERE deployment_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation'),
('DeleteMembershipTableEntriesKey', '
    WITH members AS (DELETE FROM orleans_membership WHERE deployment_id = @DeploymentId)
    DELETE FROM orleans_membership_version WHERE deployment_id = @DeploymentId'),
('CleanupDefunctSiloEntriesKey', '
    DELETE FROM orleans_membership WHERE deployment_id = @DeploymentId AND alive_time < @IAmAliveTime AND status <> 3'),
('ReadReminderRowsKey', '
    SELECT grain_id AS GrainId, name AS ReminderName, start_time AS StartTime, period AS Period, version AS Version
    FROM orleans_reminders WHERE service_id = @ServiceId AND grain_id = @GrainId'),
('ReadReminderRowKey', '
    SELECT grain_id AS GrainId, name AS ReminderName, start_time AS StartTime, period AS Period, version AS Version
    FROM orleans_reminders WHERE service_id = @ServiceId AND grain_id = @GrainId AND name = @ReminderName'),
('ReadRangeRows1Key', '
    SELECT grain_id AS GrainId, name AS ReminderName, start_time AS StartTime, period AS Period, version AS Version
    FROM orleans_reminders WHERE service_id = @ServiceId AND grain_hash > @BeginHash AND grain_hash <= @EndHash'),
('ReadRangeRows2Key', '
    SELECT grain_id AS GrainId, name AS ReminderName, start_time AS StartTime, period AS Period, version AS Version
    FROM orleans_reminders WHERE service_id = @ServiceId AND (grain_hash > @BeginHash OR grain_hash <= @EndHash)'),
('UpsertReminderRowKey', '
    INSERT INTO orleans_reminders (service_id, grain_id, name, start_time, period, grain_hash, version)
    VALUES (@ServiceId, @GrainId, @ReminderName, @StartTime, @Period, @GrainHash, 0)
    ON CONFLICT (service_id, grain_id, name) DO UPDATE
        SET start_time = excluded.start_time, period = excluded.period, grain_hash = excluded.grain_hash, version = orleans_reminders.version + 1
    RETURNING version AS Version'),
('DeleteReminderRowKey', '
    WITH deleted AS (
        DELETE FROM orleans_reminders
        WHERE service_id = @ServiceId AND grain_id = @GrainId AND name = @ReminderName AND version = @Version RETURNING 1)
    SELECT count(*)::integer FROM deleted'),
('DeleteReminderRowsKey', '
    DELETE FROM orleans_reminders WHERE service_id = @ServiceId')
ON CONFLICT (QueryKey) DO UPDATE SET QueryText = excluded.QueryText;
