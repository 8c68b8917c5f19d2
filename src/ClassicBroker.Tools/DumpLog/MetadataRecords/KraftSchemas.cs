namespace ClassicBroker.Tools.DumpLog.MetadataRecords;

/// <summary>The records of KRaft's metadata log as Kafka 3.9 writes them, and the control records of that log. Stateless.</summary>
internal static class KraftSchemas
{
    private const FieldType Bool = FieldType.Bool;
    private const FieldType Int8 = FieldType.Int8;
    private const FieldType Int16 = FieldType.Int16;
    private const FieldType UInt16 = FieldType.UInt16;
    private const FieldType Int32 = FieldType.Int32;
    private const FieldType Int64 = FieldType.Int64;
    private const FieldType Float64 = FieldType.Float64;
    private const FieldType Uuid = FieldType.Uuid;
    private const FieldType String = FieldType.String;
    private const FieldType Bytes = FieldType.Bytes;
    private const FieldType Struct = FieldType.Struct;

    private static readonly RecordField Endpoints = new("endPoints", Struct)
    {
        IsArray = true,
        Fields = [new("name", String), new("host", String), new("port", UInt16), new("securityProtocol", Int16)],
    };

    private static readonly RecordField Features = new("features", Struct)
    {
        IsArray = true,
        Fields = [new("name", String), new("minSupportedVersion", Int16), new("maxSupportedVersion", Int16)],
    };

    private static readonly RecordField[] BrokerAndEpoch = [new("id", Int32), new("epoch", Int64)];

    private static readonly RecordSchema[] Brokers =
    [
        new(
            0, "REGISTER_BROKER_RECORD", 3,
            new("brokerId", Int32),
            new("isMigratingZkBroker", Bool) { FirstVersion = 2 },
            new("incarnationId", Uuid),
            new("brokerEpoch", Int64),
            Endpoints,
            Features,
            new("rack", String) { IsNullable = true },
            new("fenced", Bool),
            new("inControlledShutdown", Bool) { FirstVersion = 1 },
            new("logDirs", Uuid) { IsArray = true, FirstVersion = 3, Tag = 0 }),
        new(1, "UNREGISTER_BROKER_RECORD", 0, new("brokerId", Int32), new("brokerEpoch", Int64)),
        new(7, "FENCE_BROKER_RECORD", 0, BrokerAndEpoch),
        new(8, "UNFENCE_BROKER_RECORD", 0, BrokerAndEpoch),
        new(
            17, "BROKER_REGISTRATION_CHANGE_RECORD", 2,
            new("brokerId", Int32),
            new("brokerEpoch", Int64),
            new("fenced", Int8) { Tag = 0 },
            new("inControlledShutdown", Int8) { FirstVersion = 1, Tag = 1 },
            new("logDirs", Uuid) { IsArray = true, FirstVersion = 2, Tag = 2 }),
        new(
            27, "REGISTER_CONTROLLER_RECORD", 0,
            new("controllerId", Int32),
            new("incarnationId", Uuid),
            new("zkMigrationReady", Bool),
            Endpoints,
            Features),
    ];

    private static readonly RecordSchema[] Topics =
    [
        new(2, "TOPIC_RECORD", 0, new("name", String), new("topicId", Uuid)),
        new(
            3, "PARTITION_RECORD", 2,
            new("partitionId", Int32),
            new("topicId", Uuid),
            Ids("replicas"),
            Ids("isr"),
            Ids("removingReplicas"),
            Ids("addingReplicas"),
            new("leader", Int32),
            new("leaderRecoveryState", Int8) { Tag = 0 },
            new("leaderEpoch", Int32),
            new("partitionEpoch", Int32),
            new("directories", Uuid) { IsArray = true, FirstVersion = 1 },
            Changed("eligibleLeaderReplicas", Int32, 1, 2),
            Changed("lastKnownElr", Int32, 2, 2)),
        new(
            5, "PARTITION_CHANGE_RECORD", 2,
            new("partitionId", Int32),
            new("topicId", Uuid),
            Changed("isr", Int32, 0),
            new("leader", Int32) { Tag = 1, Default = -2 },
            Changed("replicas", Int32, 2),
            Changed("removingReplicas", Int32, 3),
            Changed("addingReplicas", Int32, 4),
            new("leaderRecoveryState", Int8) { Tag = 5, Default = -1 },
            Changed("eligibleLeaderReplicas", Int32, 6, 2),
            Changed("lastKnownElr", Int32, 7, 2),
            Changed("directories", Uuid, 8, 1)),
        new(9, "REMOVE_TOPIC_RECORD", 0, new RecordField("topicId", Uuid)),
        new(
            4, "CONFIG_RECORD", 0,
            new("resourceType", Int8),
            new("resourceName", String),
            new("name", String),
            new("value", String) { IsNullable = true }),
    ];

    private static readonly RecordSchema[] Security =
    [
        new(
            10, "DELEGATION_TOKEN_RECORD", 0,
            new("owner", String),
            new("requester", String),
            new("renewers", String) { IsArray = true },
            new("issueTimestamp", Int64),
            new("maxTimestamp", Int64),
            new("expirationTimestamp", Int64),
            new("tokenId", String)),
        new(26, "REMOVE_DELEGATION_TOKEN_RECORD", 0, new RecordField("tokenId", String)),
        new(
            11, "USER_SCRAM_CREDENTIAL_RECORD", 0,
            new("name", String),
            new("mechanism", Int8),
            new("salt", Bytes),
            new("storedKey", Bytes),
            new("serverKey", Bytes),
            new("iterations", Int32)),
        new(22, "REMOVE_USER_SCRAM_CREDENTIAL_RECORD", 0, new("name", String), new("mechanism", Int8)),
        new(
            18, "ACCESS_CONTROL_ENTRY_RECORD", 0,
            new("id", Uuid),
            new("resourceType", Int8),
            new("resourceName", String),
            new("patternType", Int8),
            new("principal", String),
            new("host", String),
            new("operation", Int8),
            new("permissionType", Int8)),
        new(19, "REMOVE_ACCESS_CONTROL_ENTRY_RECORD", 0, new RecordField("id", Uuid)),
    ];

    private static readonly RecordSchema[] Others =
    [
        new(12, "FEATURE_LEVEL_RECORD", 0, new("name", String), new("featureLevel", Int16)),
        new(
            14, "CLIENT_QUOTA_RECORD", 0,
            new("entity", Struct)
            {
                IsArray = true,
                Fields = [new("entityType", String), new("entityName", String) { IsNullable = true }],
            },
            new("key", String),
            new("value", Float64),
            new("remove", Bool)),
        new(15, "PRODUCER_IDS_RECORD", 0, new("brokerId", Int32), new("brokerEpoch", Int64), new("nextProducerId", Int64)),
        new(20, "NO_OP_RECORD", 0),
        new(21, "ZK_MIGRATION_STATE_RECORD", 0, new RecordField("zkMigrationState", Int8)),
        new(23, "BEGIN_TRANSACTION_RECORD", 0, new RecordField("name", String) { IsNullable = true, Tag = 0 }),
        new(24, "END_TRANSACTION_RECORD", 0),
        new(25, "ABORT_TRANSACTION_RECORD", 0, new RecordField("reason", String) { IsNullable = true, Tag = 0 }),
    ];

    /// <summary>The kinds of records, by the id in their frame.</summary>
    public static IReadOnlyDictionary<short, RecordSchema> Records { get; } =
        new[] { Brokers, Topics, Security, Others }.SelectMany(schemas => schemas).ToDictionary(schema => schema.Id);

    /// <summary>
    /// The kinds of control records beside the markers of transactions, by the type in their key; the name is how they are shown.
    /// </summary>
    public static IReadOnlyDictionary<short, RecordSchema> Controls { get; } = new RecordSchema[]
    {
        new(3, "SnapshotHeader", 0, new("version", Int16), new("lastContainedLogTimestamp", Int64)),
        new(4, "SnapshotFooter", 0, new RecordField("version", Int16)),
        new(5, "KRaftVersion", 0, new("version", Int16), new("kRaftVersion", Int16)),
        new(
            6, "KRaftVoters", 0,
            new("version", Int16),
            new("voters", Struct)
            {
                IsArray = true,
                Fields =
                [
                    new("voterId", Int32),
                    new("voterDirectoryId", Uuid),
                    new("endpoints", Struct) { IsArray = true, Fields = [new("name", String), new("host", String), new("port", UInt16)] },
                    new("kRaftVersionFeature", Struct) { Fields = [new("minSupportedVersion", Int16), new("maxSupportedVersion", Int16)] },
                ],
            }),
    }.ToDictionary(schema => schema.Id);

    private static RecordField Ids(string name) => new(name, Int32) { IsArray = true };

    /// <summary>An array that is there only where it says something new.</summary>
    private static RecordField Changed(string name, FieldType type, uint tag, short firstVersion = 0) =>
        new(name, type) { IsArray = true, IsNullable = true, Tag = tag, FirstVersion = firstVersion };
}
