using System.Text;

namespace ClassicBroker.Primitives.Acls;

/// <summary>
/// The names of ACL codes as Kafka writes them: <c>TransactionalId</c> in znodes and the authorizer's log, <c>TRANSACTIONAL_ID</c> in
/// change notifications and tools. Stateless.
/// </summary>
public static class AclNames
{
    public static readonly IReadOnlyList<AclResourceType> ResourceTypes =
    [
        AclResourceType.Topic, AclResourceType.Group, AclResourceType.Cluster, AclResourceType.TransactionalId,
        AclResourceType.DelegationToken, AclResourceType.User,
    ];

    public static readonly IReadOnlyList<AclOperation> Operations =
    [
        AclOperation.All, AclOperation.Read, AclOperation.Write, AclOperation.Create, AclOperation.Delete, AclOperation.Alter,
        AclOperation.Describe, AclOperation.ClusterAction, AclOperation.DescribeConfigs, AclOperation.AlterConfigs,
        AclOperation.IdempotentWrite, AclOperation.CreateTokens, AclOperation.DescribeTokens,
    ];

    /// <summary>Such as <c>TRANSACTIONAL_ID</c> for <c>TransactionalId</c>.</summary>
    public static string Upper(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0)
            {
                text.Append('_');
            }

            text.Append(char.ToUpperInvariant(letter));
        }

        return text.ToString();
    }

    public static string Upper(AclResourceType type) => Upper(type.ToString());

    public static string Upper(AclOperation operation) => Upper(operation.ToString());

    /// <summary>The type of any spelling: letter case and underscores do not count. Null for what is none.</summary>
    public static AclResourceType? ResourceType(string name)
    {
        foreach (var type in ResourceTypes)
        {
            if (IsSame(type.ToString(), name))
            {
                return type;
            }
        }

        return null;
    }

    /// <inheritdoc cref="ResourceType"/>
    public static AclOperation? Operation(string name)
    {
        foreach (var operation in Operations)
        {
            if (IsSame(operation.ToString(), name))
            {
                return operation;
            }
        }

        return null;
    }

    /// <inheritdoc cref="ResourceType"/>
    public static AclPermission? Permission(string name) =>
        IsSame(nameof(AclPermission.Allow), name) ? AclPermission.Allow
        : IsSame(nameof(AclPermission.Deny), name) ? AclPermission.Deny
        : null;

    private static bool IsSame(string name, string spelling) =>
        string.Equals(name, spelling.Replace("_", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
}
