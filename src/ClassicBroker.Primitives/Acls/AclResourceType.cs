namespace ClassicBroker.Primitives.Acls;

/// <summary>What access is controlled to, by Kafka's codes. The names are those of znodes and logs.</summary>
public enum AclResourceType : sbyte
{
    Unknown = 0,

    /// <summary>In filters: whatever the type is.</summary>
    Any = 1,

    Topic = 2,
    Group = 3,
    Cluster = 4,
    TransactionalId = 5,
    DelegationToken = 6,
    User = 7,
}
