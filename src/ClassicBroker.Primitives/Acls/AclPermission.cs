namespace ClassicBroker.Primitives.Acls;

/// <summary>What an ACL does, by Kafka's codes. The names are those of znodes and logs.</summary>
public enum AclPermission : sbyte
{
    Unknown = 0,

    /// <summary>In filters: whatever the permission is.</summary>
    Any = 1,

    Deny = 2,
    Allow = 3,
}
