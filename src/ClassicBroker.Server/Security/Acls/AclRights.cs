using ClassicBroker.Primitives.Acls;

namespace ClassicBroker.Server.Security.Acls;

/// <summary>
/// The operations that entries allow and deny somebody, a bit for each operation's code. Rights imply others: Read, Write, Delete and Alter
/// that of Describe, AlterConfigs that of DescribeConfigs.
/// </summary>
internal readonly record struct AclRights(uint Allowed, uint Denied)
{
    private const uint EveryOperation = uint.MaxValue;

    public static AclRights operator |(AclRights left, AclRights right) =>
        new(left.Allowed | right.Allowed, left.Denied | right.Denied);

    /// <summary>What one entry says.</summary>
    public static AclRights Of(in AclEntry entry)
    {
        var operations = entry.Operation == AclOperation.All ? EveryOperation : Bit(entry.Operation);
        return entry.Permission switch
        {
            AclPermission.Allow => new(operations, 0),
            AclPermission.Deny => new(0, operations),
            _ => default,
        };
    }

    /// <summary>Whether an entry allows the operation, or one that implies it, and none denies it.</summary>
    public bool Permit(AclOperation operation) => !Deny(operation) && (Allowed & Sufficient(operation)) != 0;

    /// <summary>Whether an entry allows the operation itself.</summary>
    public bool Allow(AclOperation operation) => (Allowed & Bit(operation)) != 0;

    /// <summary>Whether an entry denies the operation.</summary>
    public bool Deny(AclOperation operation) => (Denied & Bit(operation)) != 0;

    private static uint Sufficient(AclOperation operation) => operation switch
    {
        AclOperation.Describe => Bit(AclOperation.Describe) | Bit(AclOperation.Read) | Bit(AclOperation.Write) | Bit(AclOperation.Delete)
            | Bit(AclOperation.Alter),
        AclOperation.DescribeConfigs => Bit(AclOperation.DescribeConfigs) | Bit(AclOperation.AlterConfigs),
        _ => Bit(operation),
    };

    private static uint Bit(AclOperation operation) => 1u << (int)operation;
}
