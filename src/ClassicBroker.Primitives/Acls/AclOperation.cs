namespace ClassicBroker.Primitives.Acls;

/// <summary>What may be done with a resource, by Kafka's codes. The names are those of znodes and logs.</summary>
public enum AclOperation : sbyte
{
    Unknown = 0,

    /// <summary>In filters: whatever the operation is.</summary>
    Any = 1,

    All = 2,
    Read = 3,
    Write = 4,
    Create = 5,
    Delete = 6,
    Alter = 7,
    Describe = 8,
    ClusterAction = 9,
    DescribeConfigs = 10,
    AlterConfigs = 11,
    IdempotentWrite = 12,
    CreateTokens = 13,
    DescribeTokens = 14,
}
